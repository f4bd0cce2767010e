import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { presetOf, presets, variants } from "../../lib/families/registry.ts";
import { type TrainConfig, trainConfigSchema } from "../../lib/train/config.ts";
import { groupOf } from "../../lib/train/optimizer.ts";
import { scheduleOf } from "../../lib/train/schedule_of.ts";
import { type Recipe, recipeOf } from "../../lib/families/recipe.ts";

/** A recipe as a config that could be trained. */
function configOf(name: string, variant = presetOf(name).variants[0]): TrainConfig {
  return trainConfigSchema.parse({
    ...recipeOf(presetOf(name), variant),
    variant,
    accumulate: 1,
    seed: 1,
    threads: 1,
    pretrained: null,
    logEvery: 1,
    checkpointEvery: 1,
  });
}

// Repeated from the papers' tables and configs (must_match 2.1 to 2.3), not from the code.
// classes, crop, stride, long, short, batch, lr, steps
const published: Readonly<Record<string, readonly number[]>> = {
  "segmenter/ade20k": [150, 512, 512, 2048, 512, 8, 1e-3, 161_728],
  "segmenter/pascal-context": [60, 480, 320, 4160, 520, 16, 1e-3, 80_128],
  "segmenter/cityscapes": [19, 768, 512, 2048, 1024, 8, 1e-2, 80_352],
  "segformer/ade20k": [150, 512, 512, 2048, 512, 16, 6e-5, 160_000],
  "segformer/cityscapes": [19, 1024, 768, 2048, 1024, 8, 6e-5, 160_000],
  "setr-naive/ade20k": [150, 512, 341, 2048, 512, 16, 0.01, 160_000],
  "setr-naive/pascal-context": [60, 480, 320, 520, 520, 16, 0.01, 80_000],
  "setr-naive/cityscapes": [19, 768, 512, 2049, 1025, 8, 0.01, 80_000],
  "setr-pup/ade20k": [150, 512, 341, 2048, 512, 16, 0.001, 160_000],
  "setr-pup/pascal-context": [60, 480, 320, 520, 520, 16, 0.001, 80_000],
  "setr-pup/cityscapes": [19, 768, 512, 2049, 1025, 8, 0.01, 80_000],
  "setr-mla/ade20k": [150, 512, 341, 2048, 512, 16, 0.001, 160_000],
  "setr-mla/pascal-context": [60, 480, 320, 520, 520, 16, 0.001, 80_000],
  "setr-mla/cityscapes": [19, 768, 512, 2049, 1025, 8, 0.002, 80_000],
  "upernet/ade20k": [150, 512, 512, 2048, 512, 16, 6e-5, 160_000],
};

Deno.test("presets have the published sizes, batches, rates and steps", () => {
  assertEquals(Object.keys(presets).sort(), Object.keys(published).sort());
  for (const [name, numbers] of Object.entries(published)) {
    const { classes, recipe } = presetOf(name);
    const { crop, stride, base, batch, lr, steps } = recipe;
    const ours = [classes, crop, stride, base!.long, base!.short, batch, lr, steps];
    assertEquals(ours, [...numbers], name);
  }
});

const families: Readonly<Record<string, Partial<Recipe>>> = {
  segmenter: {
    optimizer: "sgd",
    nesterov: true,
    minLr: 1e-5,
    power: 0.9,
    warmup: 0,
    weightDecay: 0,
    paramwise: {},
    dropPath: 0.1,
    decoderDropout: 0.1,
    normalization: "vit",
    lossMean: "labelled",
  },
  segformer: {
    optimizer: "adamw",
    minLr: 0,
    power: 1,
    warmup: 1500,
    warmupRatio: 1e-6,
    weightDecay: 0.01,
    dropPath: 0.1,
    decoderDropout: 0.1,
    normalization: "imagenet",
    lossMean: "all",
  },
  setr: {
    optimizer: "sgd",
    nesterov: false,
    minLr: 1e-4,
    power: 0.9,
    warmup: 0,
    weightDecay: 0,
    paramwise: { head: { lrMult: 10, decayMult: 1 } },
    dropPath: 0,
    decoderDropout: 0,
    normalization: "imagenet",
    lossMean: "all",
  },
  upernet: {
    optimizer: "adamw",
    minLr: 0,
    power: 1,
    warmup: 1500,
    warmupRatio: 1e-6,
    weightDecay: 0.01,
    paramwise: {
      relative_position_bias_table: { lrMult: 1, decayMult: 0 },
      norm: { lrMult: 1, decayMult: 0 },
    },
    dropPath: 0.3,
    decoderDropout: 0.1,
    normalization: "imagenet",
    lossMean: "all",
  },
};

Deno.test("presets have their family's optimizer, and all of them mmseg's pipeline without clipping", () => {
  for (const [name, { recipe, data }] of Object.entries(presets)) {
    const family = families[name.split(/[-/]/)[0]!]!;
    for (const [key, value] of Object.entries(family)) {
      assertEquals(recipe[key as keyof Recipe], value, `${name} ${key}`);
    }
    const { scale, flip, colour, maxClassShare, clip } = recipe;
    assertEquals(
      [scale, flip, colour, maxClassShare, clip],
      [[0.5, 2], true, "photometric", 0.75, null],
      name,
    );
    assertEquals(data, name.split("/")[1]);
  }
});

Deno.test("presets are for variants of their family, and their exceptions are too", () => {
  for (const [name, { variants: names, exceptions }] of Object.entries(presets)) {
    for (const variant of [...names, ...Object.keys(exceptions)]) {
      assert(names.includes(variant), `${name}: ${variant}`);
      assertEquals(variants[variant]?.family.name, name.split(/[-/]/)[0], `${name}: ${variant}`);
      configOf(name, variant); // fits the schema
    }
  }
});

Deno.test("recipeOf() has what differs for a variant", () => {
  const of = (name: string, variant: string) => {
    const { crop, stride, base, normalization } = recipeOf(presetOf(name), variant);
    return [crop, stride, base!.long, base!.short, normalization];
  };
  assertEquals(of("segmenter/ade20k", "Seg-L-Mask/16"), [640, 640, 2560, 640, "vit"]);
  assertEquals(of("segmenter/ade20k", "Seg-B†-Mask/16"), [512, 512, 2048, 512, "deit"]);
  assertEquals(of("segmenter/cityscapes", "Seg-L-Mask/16"), [768, 512, 2048, 1024, "vit"]);
  assertEquals(of("segformer/ade20k", "SegFormer-B5"), [640, 640, 2048, 640, "imagenet"]);
  assertEquals(of("segformer/ade20k", "SegFormer-B4"), [512, 512, 2048, 512, "imagenet"]);
});

// By hand: (lr - min) · (1 - step / steps)^power + min, for SegFormer as in schedule_test.ts.
const rates: readonly [string, number, number][] = [
  ["segmenter/ade20k", 0, 1e-3],
  ["segmenter/ade20k", 80_864, 9.9e-4 * 0.5 ** 0.9 + 1e-5], // half way
  ["segmenter/cityscapes", 60_264, 9.99e-3 * 0.25 ** 0.9 + 1e-5], // three quarters
  ["segformer/ade20k", 0, 6e-11],
  ["segformer/cityscapes", 80_000, 3e-5],
  ["setr-pup/ade20k", 80_000, 9e-4 * 0.5 ** 0.9 + 1e-4],
  ["setr-mla/cityscapes", 40_000, 1.9e-3 * 0.5 ** 0.9 + 1e-4],
];

for (const [name, step, rate] of rates) {
  Deno.test(`scheduleOf() follows ${name} when step is ${step}`, () => {
    assertAlmostEquals(scheduleOf(configOf(name))(step), rate, 1e-9 * rate);
  });
}

Deno.test("groupOf() gives SETR's head ten times the rate at first and one lowest rate", () => {
  const config = configOf("setr-pup/ade20k");
  const { lrScale, lrShift = 0 } = groupOf("decode_head.conv_0.weight", config);
  const head = (step: number) => scheduleOf(config)(step) * lrScale + lrShift;
  assertAlmostEquals(head(0), 0.01, 1e-12);
  assertAlmostEquals(head(80_000), 9.9e-3 * 0.5 ** 0.9 + 1e-4, 1e-12); // mmcv's, by hand
});

Deno.test("presetOf() lists the presets when it knows no such name", () => {
  const error = assertThrows(() => presetOf("segmenter/camvid"), RangeError);
  assert(error.message.includes('upernet/ade20k needed, got "segmenter/camvid"'));
});
