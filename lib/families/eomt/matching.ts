import { type NDArray, sizeOf } from "../../array.ts";
import type { Fed, Truth } from "../../nn/model.ts";
import type { Random } from "../../random.ts";
import { assigned } from "./assign.ts";
import type { EomtConfig } from "./eomt.ts";
import { maskProbability } from "./annealing.ts";
import { randomPoints } from "./points.ts";
import { objectsOf } from "./truth.ts";

type Feds = Readonly<Record<string, Fed>>;

/**
 * What the loss of `predictions` predictions and the masked attention before it are fed: the objects, the points at
 * which masks are compared, and which queries are held to their masks. Random numbers land in arrays that `room`
 * gives by name.
 */
export function drawn(
  config: EomtConfig,
  [b]: readonly [number, number, number],
  predictions: number,
  truth: Truth,
  random: Random,
  progress: number,
  room: (name: string, length: number) => Float32Array,
): Feds {
  const { objects, points: k, queries, blocks } = config;
  const { map, hot, count } = objectsOf(truth, config);
  const uniform = (name: string, ...shape: number[]): void => {
    fed[name] = { shape, data: random.uniforms(room(name, sizeOf(shape))) };
  };
  const probabilities = Array.from(
    { length: blocks },
    (_, i) => maskProbability(progress, (i + 1) / (blocks + 1), (i + 2) / (blocks + 1)),
  );
  const fed: Record<string, Fed> = {
    "objects/map": map,
    "objects/hot": hot,
    "objects/count": count,
    "held/probabilities": { shape: [blocks], data: Float32Array.from(probabilities) },
  };
  for (let i = 0; i < blocks; i++) uniform(`held/drawn${i}`, b, queries, 1);
  for (let l = 0; l < predictions; l++) {
    uniform(`points/match${l}`, b, 2, k);
    uniform(`points/candidates${l}`, b, objects, 2, 3 * k);
    uniform(`points/random${l}`, b, objects, 2, randomPoints(k));
  }
  return fed;
}

/** Which query answers for which object, and with which class, by the costs of each prediction. */
export function matched(
  { objects, queries, classes }: EomtConfig,
  b: number,
  predictions: number,
  needs: Readonly<Record<string, NDArray>>,
  given: Feds,
): Feds {
  const hot = given["objects/hot"]!.data;
  const classOf = (image: number, object: number) => {
    const start = (image * objects + object) * (classes + 1);
    return hot.subarray(start, start + classes + 1).indexOf(1);
  };
  const counts = Array.from({ length: b }, (_, image) => {
    const first = Array.from({ length: objects }, (_, object) => classOf(image, object)).indexOf(
      -1,
    );
    return first < 0 ? objects : first;
  });
  const fed: Record<string, Fed> = {};
  for (let l = 0; l < predictions; l++) {
    const pairs = new Float32Array(b * objects * queries);
    const labels = new Float32Array(b * queries).fill(classes);
    for (let image = 0; image < b; image++) {
      const cost = costsOf(needs[`cost${l}`]!, image, counts[image]!);
      for (const { query, object } of assigned(cost)) {
        pairs[(image * objects + object) * queries + query] = 1;
        labels[image * queries + query] = classOf(image, object);
      }
    }
    fed[`pairs/${l}`] = { shape: [b, objects, queries], data: pairs };
    fed[`pairs/classes${l}`] = { shape: [b, queries, 1], data: labels };
  }
  return fed;
}

/** Of costs [b, queries, objects] those of one image and its first objects. */
function costsOf({ shape, data }: NDArray, image: number, count: number): NDArray {
  const [, queries, objects] = shape as [number, number, number];
  const costs = new Float32Array(queries * count);
  for (let query = 0; query < queries; query++) {
    const start = (image * queries + query) * objects;
    costs.set(data.subarray(start, start + count), query * count);
  }
  return { shape: [queries, count], data: costs };
}
