import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Dataset, type Example, IGNORE, type LabelMap } from "../../lib/data/dataset.ts";
import { evaluate, predict } from "../../lib/eval/evaluate.ts";
import type { Network } from "../../lib/eval/sliding_window.ts";

const options = {
  window: 4,
  stride: 4,
  windowBatch: 3,
  normalization: { mean: [0, 0, 0], std: [1, 1, 1] },
} as const;

/** The colour channel with the largest value is the class. */
const identity: Network = (images) => Promise.resolve(images);

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

Deno.test("predict() gives the largest class of every pixel", async () => {
  const prediction = await predict(identity, example("a", stripes).image, options);
  assertEquals(prediction, { width: 6, height: 4, data: Uint8Array.from(stripes) });
});

Deno.test("evaluate() scores all examples and leaves out ignored pixels", async () => {
  const wrong = stripes.map((c, i) => i < 6 ? (c + 1) % 3 : i < 12 ? IGNORE : c);
  const data = dataset([example("a", stripes), example("b", stripes, wrong)]);
  const { metrics, images, seconds } = await evaluate(identity, data, options);
  assertEquals(metrics.pixels.reduce((a, b) => a + b), 42);
  assertEquals(metrics.pixelAccuracy, 36 / 42);
  assertEquals(images, 2);
  assert(seconds > 0);
});

Deno.test("evaluate() reads the next example before the current one has run", async () => {
  const log: string[] = [];
  const data = dataset([0, 1, 2].map((i) => example(`${i}`, stripes)), log);
  const onExample = ({ name }: Example, prediction: LabelMap, index: number) => {
    assertEquals(prediction.width, 6);
    log.push(`scored ${name} ${index}`);
  };
  await evaluate(identity, data, { ...options, onExample });
  const order = ["read 0", "read 1", "scored 0 0", "read 2", "scored 1 1", "scored 2 2"];
  assertEquals(log, order);
});

Deno.test("evaluate() fails with the reader's error after the examples before it", async () => {
  const log: string[] = [];
  const data = dataset([example("a", stripes), new SyntaxError("Cannot decode b.png")], log);
  const onExample = () => void log.push("scored");
  await assertRejects(() => evaluate(identity, data, { ...options, onExample }), SyntaxError);
  assertEquals(log.at(-1), "scored");
});

Deno.test("evaluate() names the example when a label is out of range", async () => {
  const data = dataset([example("street_07", stripes, stripes.map((c) => c + 1))]);
  await assertRejects(
    () => evaluate(identity, data, options),
    RangeError,
    "Cannot score street_07",
  );
});

Deno.test("evaluate() refuses when the network has other classes than the data set", async () => {
  const two: Network = ({ shape: [b] }) =>
    Promise.resolve({ shape: [b!, 2, 4, 4], data: new Float32Array(b! * 32) });
  await assertRejects(
    () => evaluate(two, dataset([example("a", stripes)]), options),
    RangeError,
    "needs a network of 3 classes, got logits [2, 2, 4, 4]",
  );
});
