import { assert, assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { assign } from "../../../lib/checkpoints/assign.ts";
import { readSafetensors } from "../../../lib/checkpoints/safetensors.ts";
import { normalise } from "../../../lib/images/normalise.ts";
import type { Image } from "../../../lib/images/image.ts";
import { decodeImage } from "../../../lib/images/decode.ts";
import { input } from "../../../lib/graph/tensor.ts";
import { vitClassifier, type VitConfig } from "../../../lib/families/encoders/vit.ts";
import { Scope } from "../../../lib/nn/scope.ts";
import { Program } from "../../../lib/runtime/program.ts";
import { value } from "../../../lib/runtime/value.ts";

// The weights and photos are for research use and no part of the repository.
const shared = new URL("../../../../shared/", import.meta.url).pathname;
const file = `${shared}weights/deit_tiny_patch16_224.fp16.safetensors`;
const samples = `${shared}data/imagenet_samples/`;

const deitTiny: VitConfig = {
  imageSize: [224, 224],
  patch: 16,
  dim: 192,
  heads: 3,
  layers: 12,
  distilled: false,
  eps: 1e-6,
  dropout: 0,
  dropPath: 0,
};
const normalization = {
  mean: [0.485 * 255, 0.456 * 255, 0.406 * 255],
  std: [0.229 * 255, 0.224 * 255, 0.225 * 255],
} as const;

function centre(image: Image, side: number): Image {
  const [left, top] = [image.width - side >> 1, image.height - side >> 1];
  const rows = Array.from({ length: side }, (_, y) => {
    const start = 3 * ((top + y) * image.width + left);
    return image.data.subarray(start, start + 3 * side);
  });
  const data = new Uint8Array(3 * side * side);
  rows.forEach((row, y) => data.set(row, 3 * side * y));
  return { width: side, height: side, data };
}

Deno.test({
  name: "vitClassifier() with DeiT-Tiny's ImageNet weights answers as the reference does",
  ignore: !existsSync(file),
  fn: async () => {
    const images = input("images", [1, 3, 224, 224]);
    const net = Scope.build(false, (p) => vitClassifier(p, images, deitTiny, 1000));
    const shapes = new Map([...net.parameters].map(([name, { tensor }]) => [name, tensor.shape]));
    const { tensors } = await readSafetensors(file);
    const { values, report } = assign(tensors, shapes);
    assertEquals(report.loaded.length, shapes.size);
    assertEquals(report.unused, []);
    const program = await Program.compile({ logits: net.outputs }, {
      provider: "cpu",
      threads: 2,
      weights: values,
    });

    const expected = JSON.parse(await readFile(`${samples}expected.json`, "utf8"));
    let correct = 0;
    for (const [name, { top3, logits: reference }] of Object.entries<never>(expected.files)) {
      const { data, shape } = normalise(
        centre(await decodeImage(samples + name), 224),
        normalization,
      );
      const logits = (await program.run({ images: value(data, [1, ...shape]) })).logits!;
      const scores = logits.data as Float32Array;
      const ranked = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, 3);
      assertEquals(ranked, top3, name);
      for (const [i, index] of ranked.entries()) {
        assert(Math.abs(scores[index]! - reference[i]!) < 0.05, `${name}: ${scores[index]}`);
      }
      if (ranked[0] === Number(name.slice(0, 3))) correct++;
    }
    assertEquals(correct, expected.correct_top1);
    await program.release();
  },
});
