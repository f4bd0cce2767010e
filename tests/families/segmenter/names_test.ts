import { assertEquals } from "@std/assert";
import { renameFrom, titleOf } from "../../checkpoints/kinds.ts";
import { toPublished } from "../../../lib/checkpoints/name_rules.ts";
import {
  mmsegLinearSegmenter,
  mmsegSegmenter,
  officialSegmenter,
} from "../../../lib/families/segmenter/checkpoints.ts";
import { type Golden, goldenFamily, goldenTest } from "../../golden.ts";
import { assertSame } from "../../same.ts";

const files = await goldenFamily("segmenter");
const isLinear = ({ config }: Golden) => config.net_kwargs.decoder.name === "linear";

for (const file of files) {
  goldenTest(`renameFrom() keeps the official names of ${file.file}, both ways`, file, () => {
    const weights = file.weights();
    assertEquals(titleOf([...weights.keys()]), "official Segmenter");
    const renamed = renameFrom("official Segmenter", weights);
    assertSame(renamed, { tensors: weights, unused: [] });
    assertSame(toPublished(officialSegmenter, renamed.tensors).tensors, weights);
  });
}

/** mmsegmentation drops the ImageNet head. */
function withoutHead<T>(weights: ReadonlyMap<string, T>): [string, T][] {
  return [...weights].filter(([name]) => !name.startsWith("encoder.head"))
    .sort(([a], [b]) => a < b ? -1 : 1);
}

for (const file of files.filter((file) => !isLinear(file))) {
  goldenTest(
    `renameFrom() gives official names of mmsegmentation's ${file.file}, both ways`,
    file,
    () => {
      const weights = file.weights();
      const theirs = toPublished(mmsegSegmenter, weights).tensors;
      assertEquals(
        [...theirs.keys()].filter((name) => /^decode_head\.[^l]/.test(name)).toSorted(),
        [
          "decode_head.classes_proj.weight",
          "decode_head.cls_emb",
          "decode_head.dec_proj.bias",
          "decode_head.dec_proj.weight",
          "decode_head.decoder_norm.bias",
          "decode_head.decoder_norm.weight",
          "decode_head.mask_norm.bias",
          "decode_head.mask_norm.weight",
          "decode_head.patch_proj.weight",
        ],
      );
      const [projection, own] = [
        theirs.get("decode_head.patch_proj.weight")!,
        weights.get("decoder.proj_patch")!,
      ];
      assertEquals(projection.data[1], own.data[own.shape[1]!]); // x·W there is W transposed
      assertEquals(titleOf([...theirs.keys()]), "mmsegmentation Segmenter");
      const { tensors: back, unused } = renameFrom("mmsegmentation Segmenter", theirs);
      assertSame([withoutHead(back), unused], [withoutHead(weights), []]);
    },
  );
}

for (const file of files.filter(isLinear)) {
  goldenTest(`renameFrom() takes mmsegmentation's FCNHead for ${file.file}'s decoder`, file, () => {
    const weights = new Map([...file.weights()].filter(([name]) => !name.includes("dist")));
    const theirs = toPublished(mmsegLinearSegmenter, weights).tensors;
    const { n_cls, d_model } = file.config.net_kwargs;
    assertEquals(theirs.get("decode_head.conv_seg.weight")!.shape, [n_cls, d_model, 1, 1]);
    assertEquals(titleOf([...theirs.keys()]), "mmsegmentation Segmenter (linear)");
    const { tensors: back } = renameFrom("mmsegmentation Segmenter (linear)", theirs);
    assertSame(withoutHead(back), withoutHead(weights));
  });
}
