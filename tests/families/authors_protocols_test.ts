/** How the authors of published checkpoints show images to them (must_match.md, sections 1 to 3). */
import { assert, assertEquals } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { type NameMap, toPublished, toSeglab } from "../../lib/checkpoints/name_rules.ts";
import { SideFiles } from "../../lib/checkpoints/side_files.ts";
import { declaredBy, type Rebuilt } from "../../lib/families/family.ts";
import { variantOf } from "../../lib/families/registry.ts";
import { nvlabsSegformer } from "../../lib/families/segformer/checkpoints.ts";
import { mmsegSegmenter, officialSegmenter } from "../../lib/families/segmenter/checkpoints.ts";
import { mmsegPup, officialSetr } from "../../lib/families/setr/checkpoints.ts";
import { mmsegUpernet, officialUpernet } from "../../lib/families/upernet/checkpoints.ts";
import { holdingOf } from "../../lib/models/network_in.ts";
import { ownPath } from "../golden.ts";

/** What is rebuilt of a published checkpoint, of which only names and shapes matter here. */
async function rebuiltAs(
  names: NameMap,
  variant: string,
  classes: number,
  image: number,
): Promise<Rebuilt> {
  const use = { classes, image, dropPath: 0, decoderDropout: 0 };
  const { parameters } = declaredBy(variantOf(variant).architecture(use), 64);
  const blank = [...parameters].map(([name, { tensor: { shape } }]): [string, NDArray] => {
    const size = shape.reduce((product, side) => product * side, 1);
    return [name, { shape, data: new Float32Array(size) }];
  });
  const { tensors } = toPublished(names, new Map(blank));
  const holding = holdingOf(tensors.keys());
  assert("family" in holding);
  const { tensors: named } = toSeglab(holding.kind.names, tensors);
  // A folder without any file that describes the checkpoint.
  return await holding.kind.rebuild(named, await SideFiles.of(ownPath("segformer_nvlabs.pth")));
}

const once = { ratios: [1], flip: false };
const box = (long: number, short: number) => ({ to: "box", box: { long, short } }) as const;
const whole = (short: number) => (
  { resize: box(2048, short), multiple: 32, windows: null, ...once }
);
const own = { to: "own size" } as const;
const windows = (window: number, stride: number, enlarge = false) => ({ window, stride, enlarge });

for (const variant of ["SegFormer-B0", "SegFormer-B1", "SegFormer-B2"]) {
  Deno.test(`NVlabs' ${variant} of ADE20K sees images whole, 512 pixels high`, async () => {
    const { protocol, window, stride } = await rebuiltAs(nvlabsSegformer, variant, 150, 512);
    assertEquals(protocol, whole(512));
    assertEquals([window, stride], [512, 384]);
  });

  Deno.test(`NVlabs' ${variant} of Cityscapes slides windows of 1024 in 2048×1024`, async () => {
    const { protocol, window, stride } = await rebuiltAs(nvlabsSegformer, variant, 19, 1024);
    const sight = { resize: box(2048, 1024), multiple: 1, windows: windows(1024, 768) };
    assertEquals(protocol, { ...sight, ...once });
    assertEquals([window, stride], [1024, 768]);
  });
}

Deno.test("NVlabs' SegFormer-B5 of ADE20K sees images whole, 640 pixels high", async () => {
  const { protocol, window, stride } = await rebuiltAs(nvlabsSegformer, "SegFormer-B5", 150, 640);
  assertEquals(protocol, whole(640));
  assertEquals([window, stride], [640, 480]);
});

Deno.test("NVlabs' SegFormer-B5 of Cityscapes slides windows as the others do", async () => {
  const { protocol } = await rebuiltAs(nvlabsSegformer, "SegFormer-B5", 19, 1024);
  assertEquals(protocol.windows, windows(1024, 768));
});

Deno.test("NVlabs' SegFormer of other classes sees images as on ADE20K", async () => {
  const { protocol } = await rebuiltAs(nvlabsSegformer, "SegFormer-B0", 6, 512);
  assertEquals(protocol, whole(512));
});

Deno.test("the official Segmenter sees images in their own size, as segm.inference", async () => {
  const { protocol } = await rebuiltAs(officialSegmenter, "Seg-T-Mask/16", 150, 512);
  const sight = { resize: own, multiple: 1, windows: windows(512, 512, true) };
  assertEquals(protocol, { ...sight, ...once });
});

Deno.test("mmsegmentation's Segmenter of ADE20K slides by 480 in 2048×512", async () => {
  const { protocol, stride } = await rebuiltAs(mmsegSegmenter, "Seg-T-Mask/16", 150, 512);
  const sight = { resize: box(2048, 512), multiple: 1, windows: windows(512, 480) };
  assertEquals(protocol, { ...sight, ...once });
  assertEquals(stride, 480);
});

for (
  const [names, who, variant] of [
    [officialSetr, "the official", "SETR-MLA-Tiny"],
    [mmsegPup, "mmsegmentation's", "SETR-PUP-Tiny"],
  ] as const
) {
  for (
    const [data, classes, image, short, stride] of [
      ["ADE20K", 150, 512, 512, 341],
      ["Pascal Context", 60, 480, 520, 320],
      ["Cityscapes", 19, 768, 1025, 512],
    ] as const
  ) {
    Deno.test(`${who} SETR of ${data} has a short side of ${short} at least`, async () => {
      const { protocol } = await rebuiltAs(names, variant, classes, image);
      const resize = { to: "short side", short, least: image } as const;
      assertEquals(protocol, { resize, multiple: 1, windows: windows(image, stride), ...once });
    });
  }
}

for (const [who, names] of [["official", officialUpernet], ["mmseg", mmsegUpernet]] as const) {
  Deno.test(`the ${who} UPerNet on Swin sees images whole, 512 pixels high`, async () => {
    const { protocol, window } = await rebuiltAs(names, "UPerNet-Swin-T", 150, 512);
    assertEquals(protocol, { resize: box(2048, 512), multiple: 1, windows: null, ...once });
    assertEquals(window, 512);
  });
}
