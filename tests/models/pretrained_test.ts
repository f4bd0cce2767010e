import { join } from "node:path";
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { readTensors } from "../../lib/checkpoints/read.ts";
import { type Architecture, declaredBy } from "../../lib/families/family.ts";
import { variantOf } from "../../lib/families/registry.ts";
import { segmenterFamily } from "../../lib/families/segmenter/family.ts";
import { setrFamily } from "../../lib/families/setr/family.ts";
import { SEGMENTER_EPS } from "../../lib/families/mask_transformer.ts";
import type { SegmenterConfig } from "../../lib/families/segmenter/segmenter.ts";
import type { SetrConfig } from "../../lib/families/setr/setr.ts";
import { type VitConfig, vitEncoder } from "../../lib/families/encoders/vit.ts";
import { input } from "../../lib/graph/tensor.ts";
import { initialize } from "../../lib/nn/init.ts";
import { Scope } from "../../lib/nn/scope.ts";
import { openModel } from "../../lib/models/open.ts";
import { writeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { originOf } from "../../lib/models/origin.ts";
import { pretrainedFor } from "../../lib/models/pretrained.ts";
import { temporaryFolder } from "./temporary_folder.ts";
import { assertOutput, golden, goldenFile, goldenTest, ownGolden, ownPath } from "../golden.ts";
import { runGraph } from "../run_graph.ts";
import { assertSame } from "../same.ts";

const use = { classes: 3, image: 64, dropPath: 0, decoderDropout: 0 };

const encoder: VitConfig = {
  imageSize: [32, 32],
  patch: 8,
  dim: 48,
  heads: 3,
  layers: 2,
  distilled: false,
  eps: SEGMENTER_EPS,
  dropout: 0,
  dropPath: 0,
};

function segmenterOf(changes: Partial<VitConfig>): Architecture {
  const config: SegmenterConfig = {
    encoder: { ...encoder, ...changes },
    decoder: { name: "linear" },
    classes: 3,
  };
  return { family: segmenterFamily, config } as Architecture;
}

function setrOf(changes: Partial<VitConfig>): Architecture {
  const config: SetrConfig = {
    head: "naive",
    encoder: { ...encoder, ...changes },
    embedding: "patches",
    layers: [1],
    auxiliary: [],
    levelChannels: 16,
    classes: 3,
  };
  return { family: setrFamily, config } as Architecture;
}

const outputs = await golden("augreg_outputs");
const { model: { img_size: side, patch_size, embed_dim, depth, num_heads }, new_image_size } =
  outputs.config;
/** Segmenter's encoder with the backbone of augreg.npz. */
const augreg = {
  patch: patch_size,
  dim: embed_dim,
  layers: depth,
  heads: num_heads,
};

for (const name of ["augreg.npz", "bigvision.npz"]) {
  const file = goldenFile(name);
  for (
    const [size, imageSize] of [["native", [side, side]], ["resized", new_image_size]] as const
  ) {
    const needs = [file, outputs.part(`out/segmenter_encoder/${size}/`)];

    goldenTest(
      `pretrainedFor() begins Segmenter with ${name} as timm 0.4.12, ${size}`,
      needs,
      async () => {
        const { tensors } = await readTensors(file.path);
        const architecture = segmenterOf({ ...augreg, imageSize });
        const { values, report } = pretrainedFor(architecture, tensors);
        const reference = (name: string) => outputs.tensor(`out/segmenter_encoder/${size}/${name}`);
        assertOutput(values.get("encoder.pos_embed")!, reference("pos_embed"));
        assertEquals(report.missing, ["decoder.head.weight", "decoder.head.bias"]);
        // Its ImageNet head is of a few classes.
        assertEquals(report.misshapen.map(({ name }) => name), [
          "encoder.head.weight",
          "encoder.head.bias",
        ]);
        const image = outputs.tensor(`in/${size}/image`);
        const { encoder } = architecture.config as SegmenterConfig;
        const net = Scope.build(
          false,
          (p) => vitEncoder(p.at("encoder"), input("image", image.shape), encoder),
        );
        const used = [...net.parameters.keys()].map((name) => [name, values.get(name)!] as const);
        const { features } = await runGraph({ features: net.outputs }, {
          image,
          ...Object.fromEntries(used),
        });
        assertOutput(features, reference("features"), "features");
      },
    );
  }
}

Deno.test("pretrainedFor() leaves the distillation token out when the encoder has none", async () => {
  const deit = (await ownGolden("timm_deit_distilled")).weights();
  const { values, report, kind } = pretrainedFor(setrOf({ heads: 4 }), deit);
  assertEquals(kind, "timm ViT");
  const [table, own] = [values.get("backbone.pos_embed")!, deit.get("pos_embed")!];
  assertEquals(table.shape, [1, 17, 48]);
  assertEquals(table.data.subarray(0, 48), own.data.subarray(0, 48));
  assertSame(table.data.subarray(48), own.data.subarray(96));
  assert(report.unused.includes("backbone.dist_token"));
});

Deno.test("pretrainedFor() is a TypeError when a distillation token is needed", async () => {
  const vit = (await ownGolden("timm_vit")).weights();
  assertThrows(() => pretrainedFor(segmenterOf({ distilled: true }), vit), TypeError, "dist_token");
});

Deno.test("pretrainedFor() gives a SegFormer the encoder of mit_b0.pth, or all but the classes", async () => {
  const { architecture, weights } = await openModel(ownPath("segformer_nvlabs.pth"));
  const { family, config } = architecture;
  const three: Architecture = { family, config: { ...config, classes: 3 } };
  const all = pretrainedFor(three, weights);
  assertEquals(all.report.misshapen.map(({ name }) => name), [
    "decode_head.linear_pred.weight",
    "decode_head.linear_pred.bias",
  ]);
  const encoder = new Map(
    [...weights].filter(([name]) => name.startsWith("backbone."))
      .map(([name, tensor]) => [name.slice("backbone.".length), tensor]),
  );
  const { values, report } = pretrainedFor(three, encoder);
  assertEquals(values.size, encoder.size);
  assert(report.missing.every((name) => name.startsWith("decode_head.")));
});

Deno.test("pretrainedFor() gives a baseline torchvision's ResNet", () => {
  const fcn = variantOf("FCN-R18").architecture(use);
  const parts = [...initialize(declaredBy(fcn, 64).parameters, 1)]
    .filter(([name]) => name.startsWith("backbone."))
    .map(([name, tensor]): [string, NDArray] => [name.slice("backbone.".length), tensor]);
  const { values, report } = pretrainedFor(fcn, new Map(parts));
  assertEquals(values.size, parts.length);
  assertEquals(report.unused, []);
});

Deno.test("pretrainedFor() is a RangeError when the backbone has another width", async () => {
  const vit = (await ownGolden("timm_vit")).weights();
  assertThrows(
    () => pretrainedFor(segmenterOf({ dim: 96 }), vit),
    RangeError,
    "32 tensors of other shapes: encoder.cls_token (needs [1,1,96], got [1,1,48])",
  );
});

Deno.test("pretrainedFor() is a TypeError when the backbone is another", async () => {
  const vit = (await ownGolden("timm_vit")).weights();
  assertThrows(
    () => pretrainedFor(variantOf("FCN-R50").architecture(use), vit),
    TypeError,
    "Cannot begin fcn from timm ViT: a ResNet or another fcn needed, got a ViT",
  );
});

Deno.test("originOf() reads a grid that is not square from variant.yml, and pretrainedFor() resizes it", async () => {
  await using folder = await temporaryFolder();
  const wide = segmenterOf({ imageSize: [16, 64] });
  const weights = initialize(declaredBy(wide, 64).parameters, 1);
  const path = join(folder.path, "checkpoint.safetensors");
  await writeSafetensors(path, weights);
  const square = segmenterOf({});
  assertEquals(await originOf(path, weights), null);
  const tall = [...weights.get("encoder.pos_embed")!.shape];
  assertEquals(tall, [1, 17, 48]); // 2 × 8 patches: as many as 4 × 4
  const taller = segmenterOf({ imageSize: [40, 64] });
  const more = initialize(declaredBy(taller, 64).parameters, 1);
  assertThrows(() => pretrainedFor(square, more), RangeError, "a square number of patches");
  await Deno.writeTextFile(join(folder.path, "variant.yml"), variantOfSides(40, 64));
  const origin = await originOf(path, more);
  const { values } = pretrainedFor(square, more, undefined, origin);
  assertEquals(values.get("encoder.pos_embed")!.shape, [1, 17, 48]);
});

function variantOfSides(height: number, width: number): string {
  const net = { image_size: [height, width], patch_size: 8, d_model: 48, n_heads: 3, n_layers: 2 };
  const more = { n_cls: 3, normalization: "vit", distilled: false, dropout: 0, drop_path_rate: 0 };
  const decoder = { name: "linear" };
  const inference_kwargs = { window_size: 24, window_stride: 24 };
  return JSON.stringify({ net_kwargs: { ...net, ...more, decoder }, inference_kwargs });
}
