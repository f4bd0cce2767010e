/** What the library says of itself, and that it refuses what a program gives it wrongly. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import process from "node:process";
import * as seglab from "../lib/mod.ts";
import { exampleOf, labelMap, withFolder } from "./data/fixtures.ts";

const halves = exampleOf(labelMap(32, 32, (x) => x < 16 ? 0 : 1));
const data = seglab.arrayDataset({ classes: ["left", "right"], examples: [halves, halves] });
const network = seglab.pixelModel((p, images) => {
  const [, , height, width] = images.dims(4);
  return {
    map: seglab.conv(p, images, { out: 2, kernel: 4, stride: 4, bias: true }),
    height,
    width,
  };
});
const model = await seglab.trainModel({ network, data, steps: 2, threads: 1 });

/** As JavaScript gives it, which knows no types. */
// deno-lint-ignore no-explicit-any
const any = (value: unknown): any => value;
const image = (changes: object) => any({ ...halves.image, ...changes });
const set = (changes: object) => any({ classes: ["a", "b"], examples: [halves], ...changes });
const labelled = (changes: object) =>
  set({ examples: [{ ...halves, labels: { ...halves.labels, ...changes } }] });
const using = (changes: object) => ({ network, data, steps: 1, threads: 1, ...changes });

const wrongSets: Readonly<Record<string, readonly [unknown, string]>> = {
  "there is one class": [set({ classes: ["a"] }), "2 to 255 names of classes needed"],
  "classes are no list": [set({ classes: "ab" }), "2 to 255 names of classes needed, got 'ab'"],
  "a colour is missing": [set({ palette: [[0, 0, 0]] }), "2 colours needed, got 1"],
  "examples are no list": [set({ examples: 3 }), "an array of { image, labels } needed, got 3"],
  "an image is short": [
    set({ examples: [{ ...halves, image: image({ data: new Uint8Array(5) }) }] }),
    "example 0: an RGB image { width, height, data } with 3072 bytes for 32×32 pixels needed, got 5",
  ],
  "an image is of floats": [
    set({ examples: [{ ...halves, image: image({ data: new Float32Array(3072) }) }] }),
    "with a Uint8Array needed, got Float32Array(3072)",
  ],
  "a side is no whole number": [
    set({ examples: [{ ...halves, image: image({ width: 1.5 }) }] }),
    "with whole sides above 0 needed, got 1.5×32",
  ],
  "labels are of another size": [
    labelled({ width: 16, height: 64 }),
    "labels of the image's size 32×32 needed, got 16×64",
  ],
  "a label is no class": [
    labelled({ data: new Uint8Array(1024).fill(2) }),
    "labels from 0 to 1, or 255 for none, needed, got 2",
  ],
};
for (const [what, [wrong, message]] of Object.entries(wrongSets)) {
  Deno.test(`arrayDataset() refuses a data set when ${what}`, () => {
    assertThrows(() => seglab.arrayDataset(any(wrong)), Error, message);
  });
}

const wrongUses: Readonly<Record<string, readonly [() => Promise<unknown>, string]>> = {
  "segment() refuses a model when it is none": [
    () => seglab.segment(any("model.safetensors"), halves.image),
    "Cannot segment: a model as openModel or trainModel gives it needed, got 'model.safetensors'",
  ],
  "segment() refuses a picture when it is a number": [
    () => seglab.segment(model, any(5)),
    "Cannot segment: the path of a picture or an RGB image needed, got 5",
  ],
  "segment() refuses a picture when it has four channels": [
    () => seglab.segment(model, image({ data: new Uint8Array(4096) })),
    "with 3072 bytes for 32×32 pixels needed, got 4096",
  ],
  "segment() refuses a picture when no file is there": [
    () => seglab.segment(model, "nowhere.jpg"),
    "Cannot decode nowhere.jpg",
  ],
  "segment() refuses an option when it has another name": [
    () => seglab.segment(model, halves.image, any({ windows: 3 })),
    'Unrecognized key: "windows"',
  ],
  "segment() refuses an option when it is a text": [
    () => seglab.segment(model, halves.image, any({ stride: "3" })),
    "at stride",
  ],
  "openModel() refuses a path when it is a number": [
    () => seglab.openModel(any(5)),
    "Cannot open a model: a checkpoint's path or a downloaded model's id needed, got 5",
  ],
  "openModel() refuses a path when nothing is there": [
    () => seglab.openModel("nowhere.pth"),
    'got "nowhere.pth", which is not there',
  ],
  "downloadCheckpoint() refuses an id when it is a number": [
    () => seglab.downloadCheckpoint(any(5)),
    'Cannot download "5": a model id such as',
  ],
  "namedData() refuses a name when it is a number": [
    () => seglab.namedData(any(5), "val"),
    "Cannot open data: a name",
  ],
  "namedData() refuses a split when it is another word": [
    () => seglab.namedData("scenes", any("test")),
    'Cannot open data: the split "train" or "val" needed, got \'test\'',
  ],
  "evaluateModel() refuses a data set when it is a list": [
    () => seglab.evaluateModel(model, any([halves])),
    "Cannot evaluate: a data set { name, classes, palette, length, example } needed",
  ],
  "evaluateModel() refuses a data set when its classes are others": [
    () => seglab.evaluateModel(model, { ...data, classes: ["right", "left"] }),
    "got a list in another order (right, left)",
  ],
  "evaluateModel() refuses an example when its image is short": [
    () =>
      seglab.evaluateModel(model, {
        ...data,
        example: () => Promise.resolve({ ...halves, image: image({ height: 31 }) }),
      }),
    "Cannot evaluate: example 0 of arrays: an RGB image",
  ],
  "trainModel() refuses a network when its name is unknown": [
    () => seglab.trainModel(using({ network: "Seg-X/16" })),
    "Cannot find a variant: one of Seg-T/8",
  ],
  "trainModel() refuses a network when it is a number": [
    () => seglab.trainModel(any(using({ network: 16 }))),
    "needs a network's name",
  ],
  "trainModel() refuses an option when it has another name": [
    () => seglab.trainModel(any(using({ stepps: 16 }))),
    'Unrecognized key: "stepps"',
  ],
  "trainModel() refuses a loss when it is unknown": [
    () => seglab.trainModel(using({ loss: "dise" })),
    'Cannot take the loss "dise": one of ce, dice(smooth, log)',
  ],
  "trainModel() refuses weights when they are of other classes": [
    () => seglab.trainModel(using({ classWeights: [1, 2, 3] })),
    "Cannot weigh classes: a weight for each of 2 classes needed, got 3",
  ],
  "trainModel() refuses a batch when it is larger than the data": [
    () => seglab.trainModel(using({ batch: 3 })),
    "needs 3 examples or more to fill a batch, got 2",
  ],
  "trainModel() refuses a data set when it is empty": [
    () => seglab.trainModel(using({ data: { ...data, length: 0 } })),
    "Cannot train: a data set with examples needed, got none",
  ],
  "trainModel() refuses a network when its scores are of other classes": [
    () => seglab.trainModel(using({ data: { ...data, classes: ["a", "b", "c"], palette: [] } })),
    "Cannot train: scores of 3 classes needed",
  ],
  "trainModel() refuses a checkpoint when the network is one's own": [
    () => seglab.trainModel(using({ pretrained: "weights.pth" })),
    "Cannot train: random first values needed for a network of your own, got weights.pth",
  ],
  "trainModel() refuses a checkpoint when it is not there": [
    () => seglab.trainModel(using({ network: "Seg-T/32", pretrained: "weights.pth" })),
    'got "weights.pth", which is not there',
  ],
  "trainModel() refuses to freeze an encoder that begins at random": [
    () => seglab.trainModel(using({ network: "Seg-T/32", freeze: "encoder" })),
    "Cannot freeze an encoder: weights to begin from (pretrained) needed",
  ],
  "trainModel() refuses to freeze a network of one's own": [
    () => seglab.trainModel(using({ freeze: 1 })),
    "Cannot freeze an encoder: a network whose encoder is known needed, got own network",
  ],
  "trainModel() refuses two stages of warm-up for a network of one's own": [
    () => seglab.trainModel(using({ schedule: "two-stage", steps: 20 })),
    "Cannot warm up an encoder: a network whose encoder is known needed, got own network",
  ],
  "trainModel() refuses a schedule when it is none": [
    () => seglab.trainModel(using({ schedule: any("sine") })),
    "Cannot train: options as documented needed, got",
  ],
  "exportModel() refuses an option when it is a text": [
    () => seglab.exportModel(model, "model.onnx", any({ half: "yes" })),
    "Cannot export: options as documented needed, got",
  ],
  "writeModel() refuses a network when it is one's own": [
    () => seglab.writeModel(model, "model.safetensors"),
    "Cannot write model.safetensors: a published network needed",
  ],
};
for (const [what, [use, message]] of Object.entries(wrongUses)) {
  Deno.test(what, async () => {
    await assertRejects(use, Error, message);
  });
}

/** What is written to the terminal while something runs. */
async function printedBy(body: () => Promise<void>): Promise<string> {
  let text = "";
  const { stdout, stderr } = process;
  const writes = [stdout.write, stderr.write] as const;
  const { log, error, warn } = console;
  const keep = (chunk: unknown) => {
    text += chunk;
    return true;
  };
  stdout.write =
    stderr.write =
    console.log =
    console.error =
    console.warn =
      keep;
  try {
    await body();
    return text;
  } finally {
    [stdout.write, stderr.write] = writes;
    Object.assign(console, { log, error, warn });
  }
}

Deno.test("the library prints nothing where no callback is given", () =>
  withFolder(async (folder) => {
    const printed = await printedBy(async () => {
      const trained = await seglab.trainModel(using({ network: "Seg-T/32", crop: 32 }));
      await seglab.evaluateModel(trained, data, { threads: 1 });
      await seglab.segment(trained, halves.image, { threads: 1 });
      await seglab.writeModel(trained, `${folder}/model.safetensors`);
      await seglab.exportModel(trained, `${folder}/model.onnx`);
      const opened = await seglab.openModel(`${folder}/model.safetensors`);
      assertEquals(opened.classes, trained.classes);
      const [first, second] = await Promise.all(
        [trained, opened].map((model) => seglab.segment(model, halves.image, { threads: 1 })),
      );
      assertEquals(first!.areas, second!.areas);
    });
    assertEquals(printed, "");
  }));

Deno.test("trainModel() gives the same network when its seed is the same", async () => {
  const weights = async (seed: number) => {
    const { weights } = await seglab.trainModel(using({ steps: 3, seed }));
    return Object.fromEntries([...weights].map(([name, { data }]) => [name, [...data]]));
  };
  const first = await weights(1);
  assertEquals(await weights(1), first);
  assertEquals(JSON.stringify(await weights(2)) === JSON.stringify(first), false);
});

Deno.test("trainModel() learns by a sum of losses with balanced classes", async () => {
  const { config } = await seglab.trainModel(
    using({ loss: "ce+dice", classWeights: "balanced", labelSmoothing: 0.1 }),
  );
  assertEquals([config.loss, config.classWeights, config.labelSmoothing], ["ce+dice", [1, 1], 0.1]);
});

Deno.test("trainModel() follows a schedule and draws crops by class", async () => {
  const rates: number[] = [];
  const onStep = ({ lr }: { lr: number }) => void rates.push(lr);
  const choice = { schedule: "constant", sample: "balanced", steps: 3, lr: 0.01 } as const;
  const { config } = await seglab.trainModel({ ...using(choice), onStep });
  assertEquals([config.schedule, config.sample, rates], [
    "constant",
    "balanced",
    [0.01, 0.01, 0.01],
  ]);
});

Deno.test("trainModel() and evaluateModel() tell of each step and image", async () => {
  const heard: string[] = [];
  const onStep = ({ step }: { step: number }) => void heard.push(`step ${step}`);
  const trained = await seglab.trainModel({ ...using({ steps: 2 }), onStep });
  await seglab.evaluateModel(trained, data, {
    onImage: ({ done, total }) => void heard.push(`image ${done} of ${total}`),
  });
  assertEquals(heard, ["step 1", "step 2", "image 1 of 2", "image 2 of 2"]);
});

Deno.test("analyses refuse what is no model, and what a model does not have", async () => {
  await assertRejects(
    () => seglab.classGeometry(model),
    RangeError,
    "Cannot analyse class embeddings: a checkpoint with class embeddings needed",
  );
  await assertRejects(
    () => seglab.uncertainty(any("model.safetensors"), [halves.image]),
    TypeError,
    "Cannot analyse: a model as openModel or trainModel gives it needed",
  );
  await assertRejects(
    () => seglab.modelDifference(any(5), null, data),
    TypeError,
    "Cannot compare networks: a model as openModel or trainModel gives it needed, got 5",
  );
  assertThrows(
    () => seglab.costOf(model, { size: any([32]) }),
    RangeError,
    "height and width of an image",
  );
});

Deno.test("analyses take a network of one's own", async () => {
  assertEquals(seglab.costOf(model, { size: [32, 32] }).tree.parameters, 2 * 3 * 16 + 2);
  const unsure = await seglab.uncertainty(model, [halves.image], { threads: 1 });
  assertEquals(unsure.ranking.length, 1);
  const { networks } = JSON.parse(
    JSON.stringify(await seglab.modelDifference(model, model, data, { threads: 1 })),
  );
  assertEquals(networks, ["A", "B"]);
});
