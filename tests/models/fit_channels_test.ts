import { assertEquals } from "@std/assert";
import { type Architecture, declaredBy } from "../../lib/families/family.ts";
import { variantOf } from "../../lib/families/registry.ts";
import { fitChannels, ofChannels } from "../../lib/models/fit_channels.ts";
import { openModel } from "../../lib/models/open.ts";
import { pretrainedFor } from "../../lib/models/pretrained.ts";
import { initialize } from "../../lib/nn/init.ts";
import { ownPath } from "../golden.ts";
import { assertSame } from "../same.ts";

const kernel = { shape: [1, 3, 1, 2], data: Float32Array.of(1, 2, 10, 20, 100, 200) };

// By the rule of timm's adapt_input_conv: the sum; or repeat(1, ceil(n / 3), 1, 1)[:, :n] * (3 / n).
const expected: readonly (readonly [number, readonly number[]])[] = [
  [1, [111, 222]],
  [2, [1.5, 3, 15, 30]],
  [4, [0.75, 1.5, 7.5, 15, 75, 150, 0.75, 1.5]],
  [6, [0.5, 1, 5, 10, 50, 100, 0.5, 1, 5, 10, 50, 100]],
];
for (const [channels, values] of expected) {
  Deno.test(`ofChannels() does as timm when there are ${channels}`, () => {
    const { shape, data } = ofChannels(kernel, channels);
    assertEquals([shape, [...data]], [[1, channels, 1, 2], values]);
  });
}

const use = { classes: 2, image: 64, dropPath: 0, decoderDropout: 0 };
for (const variant of ["Seg-T-Mask/16", "SegFormer-B0", "SETR-Naive-Tiny", "FCN-R18"]) {
  Deno.test(`fitChannels() fits the kernels of ${variant} that see the image, and no others`, () => {
    const ofRgb: Architecture = variantOf(variant).architecture(use);
    const ofFive = { ...ofRgb, channels: 5 };
    const rgb = initialize(declaredBy(ofRgb, 64).parameters, 1);
    const fitted = new Map(rgb);
    fitChannels(fitted, ofFive);
    const needed = [...declaredBy(ofFive, 64).parameters];
    assertEquals(
      needed.map(([name, { tensor }]) => [name, [...tensor.shape]]),
      needed.map(([name]) => [name, [...fitted.get(name)!.shape]]),
    );
    const changed = [...rgb].filter(([name, tensor]) => fitted.get(name) !== tensor);
    assertEquals(changed.length, 1);
  });
}

Deno.test("pretrainedFor() begins a SegFormer of four bands with one of RGB, and with one of four", async () => {
  const { architecture, weights } = await openModel(ownPath("segformer_nvlabs.pth"));
  const four = { ...architecture, channels: 4 };
  const { values, report } = pretrainedFor(four, weights);
  assertEquals([report.missing, report.misshapen], [[], []]);
  const name = "backbone.patch_embed1.proj.weight";
  assertSame(values.get(name), ofChannels(weights.get(name)!, 4));
  assertSame(pretrainedFor(four, values).values.get(name), values.get(name));
});
