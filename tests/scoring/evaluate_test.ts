import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Dataset, Example } from "../../lib/data/dataset.ts";
import { IGNORE, type Image } from "../../lib/images/image.ts";
import type { Prediction, Predictor } from "../../lib/inference/predictor.ts";
import { evaluate, type Scored } from "../../lib/scoring/evaluate.ts";

/** The colour channel with the largest value is the class. */
const byColour: Predictor = {
  classes: 3,
  predict({ width, height, data }: Image): Promise<Prediction> {
    const labels = Uint8Array.from({ length: width * height }, (_, i) => {
      const pixel = [...data.subarray(3 * i, 3 * i + 3)];
      return pixel.indexOf(Math.max(...pixel));
    });
    const confidence = new Float32Array(labels.length).fill(0.9);
    return Promise.resolve({ labels: { width, height, data: labels }, confidence });
  },
};

/** An image whose pixels are red, green or blue where the class is 0, 1 or 2. */
function example(name: string, classes: readonly number[], labels = classes): Example {
  const data = Uint8Array.from(classes.flatMap((c) => [0, 1, 2].map((i) => i === c ? 200 : 10)));
  const size = { width: 6, height: 4 };
  return { name, image: { ...size, data }, labels: { ...size, data: Uint8Array.from(labels) } };
}

function dataset(examples: readonly (Example | Error)[], log: string[] = []): Dataset {
  return {
    name: "made up",
    classes: ["red", "green", "blue"],
    palette: [[255, 0, 0], [0, 255, 0], [0, 0, 255]],
    length: examples.length,
    example(index) {
      log.push(`read ${index}`);
      const found = examples[index]!;
      return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
    },
  };
}

const stripes = Array.from({ length: 24 }, (_, i) => i % 3);

Deno.test("evaluate() scores all examples and leaves out ignored pixels", async () => {
  const wrong = stripes.map((c, i) => i < 6 ? (c + 1) % 3 : i < 12 ? IGNORE : c);
  const data = dataset([example("a", stripes), example("b", stripes, wrong)]);
  const { scores: { metrics, calibration }, images, seconds } = await evaluate(byColour, data);
  assertEquals(metrics.pixels.reduce((a, b) => a + b), 42);
  assertEquals(metrics.pixelAccuracy, 36 / 42);
  assert(Math.abs(calibration.expectedError - (0.9 - 36 / 42)) < 1e-6);
  assertEquals(images, 2);
  assert(seconds > 0);
});

Deno.test("evaluate() gives the instances of a data set that has them to the scores", async () => {
  const instances = new Uint16Array(24).fill(1);
  const data = { ...dataset([example("a", stripes)]), instances: () => Promise.resolve(instances) };
  const { scores: { bySize } } = await evaluate(byColour, data);
  assertEquals(bySize.small.instances, [1, 1, 1]); // in stripes: one thing, not eight regions
});

Deno.test("evaluate() reads the next example before the current one has run", async () => {
  const log: string[] = [];
  const data = dataset([0, 1, 2].map((i) => example(`${i}`, stripes)), log);
  const onExample = ({ example, prediction, score, index }: Scored) => {
    assertEquals([prediction.labels.width, score.mIoU], [6, 1]);
    log.push(`scored ${example.name} ${index}`);
  };
  await evaluate(byColour, data, onExample);
  const order = ["read 0", "read 1", "scored 0 0", "read 2", "scored 1 1", "scored 2 2"];
  assertEquals(log, order);
});

Deno.test("evaluate() fails with the reader's error after the examples before it", async () => {
  const log: string[] = [];
  const data = dataset([example("a", stripes), new SyntaxError("Cannot decode b.png")], log);
  await assertRejects(() => evaluate(byColour, data, () => void log.push("scored")), SyntaxError);
  assertEquals(log.at(-1), "scored");
});

Deno.test("evaluate() names the example when a label is out of range", async () => {
  const data = dataset([example("street_07", stripes, stripes.map((c) => c + 1))]);
  await assertRejects(() => evaluate(byColour, data), RangeError, "Cannot score street_07");
});

Deno.test("evaluate() refuses when the network has other classes than the data set", async () => {
  await assertRejects(
    () => evaluate({ ...byColour, classes: 2 }, dataset([example("a", stripes)])),
    RangeError,
    "needs a network of 3 classes, got one of 2",
  );
});
