import type { NDArray } from "../array.ts";
import { input, type Tensor } from "../graph/tensor.ts";
import { Scope } from "../nn/scope.ts";
import { logitsOf, type Scores } from "../nn/scores.ts";
import { Program, value } from "../runtime/session.ts";
import type { Network } from "./sliding_window.ts";

/**
 * A model with its weights as a network for evaluation. The runtime gets the weights baked in and one
 * session for each shape of input, which stays: making sessions is slow, and releasing them leaks.
 */
export function networkFor(
  model: (p: Scope, images: Tensor) => Scores,
  weights: ReadonlyMap<string, NDArray>,
  threads: number,
): Network {
  const programs = new Map<string, Promise<Program>>();
  return async ({ shape, data }) => {
    const key = shape.join();
    const ready = programs.get(key) ?? compile(model, weights, threads, shape);
    programs.set(key, ready);
    const { logits } = await (await ready).run({ images: value(data, shape) });
    return { shape: logits!.dims, data: logits!.data as Float32Array };
  };
}

async function compile(
  model: (p: Scope, images: Tensor) => Scores,
  weights: ReadonlyMap<string, NDArray>,
  threads: number,
  shape: readonly number[],
) {
  const images = input("images", shape);
  const [, , h, w] = images.dims(4);
  const { outputs: logits } = Scope.build(false, (p) => logitsOf(model(p, images), h, w));
  return await Program.compile({ logits }, { threads, weights });
}
