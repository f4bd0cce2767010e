import { readFile } from "node:fs/promises";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { ownArchitecture } from "../../lib/families/own.ts";
import { declaredBy, modelOf } from "../../lib/families/family.ts";
import { variantOf } from "../../lib/families/registry.ts";
import { inEncoder, layerDecayOf, type TuningChoice, tuningOf } from "../../lib/families/tuning.ts";
import type { SwinConfig } from "../../lib/families/encoders/swin.ts";
import { input } from "../../lib/graph/tensor.ts";
import { pixelModel } from "../../lib/nn/model.ts";
import { Scope } from "../../lib/nn/scope.ts";
import { ALL_LEARNS, isBelow } from "../../lib/nn/tuning.ts";
import { golden, goldenFile, goldenTest } from "../golden.ts";

const use = { classes: 5, image: 64, dropPath: 0.1, decoderDropout: 0 };
const network = (name: string) => variantOf(name).architecture(use);
const choice = (some: Partial<TuningChoice>): TuningChoice => ({
  freeze: null,
  loraRank: null,
  loraAlpha: 16,
  ...some,
});

/** How the names that a network's encoder has and that are not frozen begin: two parts of each. */
function learning(name: string, freeze: TuningChoice["freeze"]): string[] {
  const architecture = network(name);
  const { frozen } = tuningOf(architecture, choice({ freeze }));
  const learnt = [...declaredBy(architecture, 64).parameters]
    .filter(([name, { unused }]) => !unused && !isBelow(name, frozen));
  return [...new Set(learnt.map(([name]) => name.split(".").slice(0, 2).join(".")))];
}

for (
  const [name, rest] of [
    ["Seg-T/16", ["decoder.head"]],
    ["Seg-B†/16", ["decoder.head"]],
    ["SETR-MLA-Tiny", ["backbone.norm_0", "backbone.norm_1", "backbone.norm_2", "backbone.norm_3"]],
    ["SETR-Hybrid", ["decode_head.norm"]],
    ["SegFormer-B0", ["decode_head.linear_c4"]],
    ["FCN-R18", ["decode_head.convs"]],
    ["SemanticFPN-R18", ["neck.lateral_convs"]],
    ["DeepLabv3+-R18", ["decode_head.image_pool"]],
    ["UPerNet-Swin-T", ["decode_head.psp_modules", "auxiliary_head.convs"]],
    ["TransUNet", ["decoder.conv_more", "segmentation_head.0"]],
    ["Swin-Unet", ["layers_up.0", "concat_back_dim.1", "norm_up.weight"]],
  ] as const
) {
  Deno.test(`tuningOf() freezes the encoder of ${name} and no part of its decoder`, () => {
    const found = learning(name, "encoder");
    const isOfEncoder = (name: string) => /^(encoder|backbone)\.(?!mla|norm_)/.test(name);
    assertEquals(found.filter(isOfEncoder), []);
    for (const part of rest) assertEquals(found.includes(part), true, `${part} of ${found}`);
  });
}

Deno.test("tuningOf() freezes the first blocks with what is before them", () => {
  const { frozen, still } = tuningOf(network("Seg-T/16"), choice({ freeze: 2 }));
  const has = (name: string) => isBelow(name, frozen);
  assertEquals(
    ["encoder.cls_token", "encoder.pos_embed", "encoder.blocks.1.mlp.fc1.bias"]
      .map(has),
    [true, true, true],
  );
  assertEquals(["encoder.blocks.2.norm1.bias", "encoder.blocks.10.norm1.bias"].map(has), [
    false,
    false,
  ]);
  assertEquals([has("encoder.norm.weight"), still], [false, frozen]);
  const b0 = tuningOf(network("SegFormer-B0"), choice({ freeze: 3 })).frozen;
  const block = ["backbone.patch_embed2.", "backbone.block2.0."]; // the third of 2 + 2 + 2 + 2
  assertEquals(b0.slice(-2), block);
  assertEquals(b0.includes("backbone.norm1."), true);
});

Deno.test("tuningOf() adapts attention in windows too", () => {
  for (const [name, path] of [["UPerNet-Swin-T", "backbone."], ["Swin-Unet", ""]] as const) {
    const { lora } = tuningOf(network(name), choice({ loraRank: 4 }));
    assertEquals(lora!.layers[0], `${path}layers.0.blocks.0.attn.`);
    const { parameters } = Scope.build(
      true,
      (p) => modelOf(network(name)).build(p, input("images", [2, 3, 64, 64])),
      { ...ALL_LEARNS, lora },
    );
    const { depths } = (network(name).config as unknown as { encoder: SwinConfig }).encoder;
    const adapters = [...parameters.keys()].filter((name) => name.endsWith("lora_A.weight"));
    const blocks = depths.reduce((sum, depth) => sum + depth, 0);
    assertEquals(adapters.length, 2 * blocks); // of qkv and proj
  }
});

Deno.test("tuningOf() refuses what a network does not have", () => {
  const refused = (name: string, some: Partial<TuningChoice>, message: string) =>
    assertThrows(() => tuningOf(network(name), choice(some)), RangeError, message);
  refused("Seg-T/16", { freeze: 13 }, "Cannot freeze 13 blocks: an encoder of as many needed");
  refused("FCN-R18", { loraRank: 4 }, "Cannot adapt fcn: an encoder with attention needed");
  refused(
    "Seg-T/16",
    { freeze: 2, loraRank: 4 },
    "Cannot freeze and adapt an encoder: one of both",
  );
  const map = (images: never) => ({ map: images, height: 32, width: 32 });
  const own = ownArchitecture(pixelModel((_, images) => map(images as never)), 3);
  assertThrows(
    () => tuningOf(own, choice({ freeze: "encoder" })),
    RangeError,
    "a network whose encoder is known needed, got own network",
  );
});

for (
  const [name, path] of [
    ["Seg-T/16", "encoder."],
    ["SegFormer-B0", "backbone."],
    ["EoMT-T/16", "encoder.backbone."],
    ["EoMT-S/16", "encoder.backbone."],
    ["EoMT-S-DINOv3/16", "encoder.backbone."],
  ] as const
) {
  Deno.test(`inEncoder() has of ${name} what is named ${path}, and nothing else`, () => {
    const { parameters } = declaredBy(network(name), 64);
    const names = [...parameters].filter(([, { unused }]) => !unused).map(([name]) => name);
    const expected = names.filter((name) => name.startsWith(path));
    assertEquals(names.filter(inEncoder(network(name))), expected);
    assert(expected.length > 0 && expected.length < names.length);
  });
}

Deno.test("inEncoder() is a RangeError when the network's encoder is not known", () => {
  const map = (images: never) => ({ map: images, height: 32, width: 32 });
  const own = ownArchitecture(pixelModel((_, images) => map(images as never)), 3);
  assertThrows(
    () => inEncoder(own),
    RangeError,
    "Cannot warm up an encoder: a network whose encoder is known needed, got own network",
  );
});

const file = await golden("next/train_helpers");
const names = goldenFile("next/train_helpers_names.json");

goldenTest("layerDecayOf() is timm's, and mmsegmentation's but for the last norm", [
  file,
  names,
], async () => {
  const { names: order }: { names: string[] } = JSON.parse(await readFile(names.path, "utf8"));
  for (const [rule, decay] of [["timm", "layer_decay"], ["mmseg", "mmseg_decay"]] as const) {
    const scale = layerDecayOf(network("Seg-T/16"), file.config[decay]);
    const expected = file.numbers(`out/layer_decay/${rule}_scale`);
    assertEquals(order.length, expected.length);
    for (const [i, name] of order.entries()) {
      if (rule === "mmseg" && name.startsWith("norm.")) continue;
      assertAlmostEquals(scale(`encoder.${name}`), expected[i]!, 1e-12, `${rule} ${name}`);
    }
  }
});
