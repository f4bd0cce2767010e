import type { NDArray } from "../../array.ts";
import { transposed } from "../../checkpoints/layout.ts";
import { matrixOf } from "../encoders/mix_transformer_names.ts";
import { type NameMap, type NameRule, renamed, same } from "../../checkpoints/rule.ts";
import { blockNames, encoderNames, mmsegBlocks, mmsegEncoder } from "../encoders/vit_names.ts";

/** The official Segmenter: Seglab's own names. */
export const officialSegmenter: NameMap = {
  rules: [
    ...encoderNames("encoder."),
    ...["encoder.head.{p}", "encoder.head_dist.{p}", "decoder.head.{p}"],
    ...["decoder.cls_emb", "decoder.proj_patch", "decoder.proj_classes", "decoder.proj_dec.{p}"],
    ...blockNames("decoder."),
    ...["decoder.decoder_norm.{p}", "decoder.mask_norm.{p}"],
  ].map(same),
  unused: ["encoder.pre_logits.fc.{p}"],
};

/** mmsegmentation's Segmenter with the mask transformer. */
export const mmsegSegmenter: NameMap = {
  rules: [
    renamed("backbone.cls_token", "encoder.cls_token"),
    ...mmsegEncoder("backbone.", "encoder."),
    renamed("backbone.ln1.{p}", "encoder.norm.{p}"),
    ...mmsegBlocks("decode_head.", "decoder."),
    renamed("decode_head.cls_emb", "decoder.cls_emb"),
    renamed("decode_head.dec_proj.{p}", "decoder.proj_dec.{p}"),
    projection("decode_head.patch_proj.weight", "decoder.proj_patch"),
    projection("decode_head.classes_proj.weight", "decoder.proj_classes"),
    renamed("decode_head.decoder_norm.{p}", "decoder.decoder_norm.{p}"),
    renamed("decode_head.mask_norm.{p}", "decoder.mask_norm.{p}"),
  ],
  unused: ["decode_head.conv_seg.{p}"],
};

/** mmsegmentation's Segmenter with a linear decoder: an FCNHead without convolutions. */
export const mmsegLinearSegmenter: NameMap = {
  rules: [
    ...mmsegSegmenter.rules.filter(({ published: [name] }) => name!.startsWith("backbone.")),
    matrixOf("decode_head.conv_seg.weight", "decoder.head.weight"),
    renamed("decode_head.conv_seg.bias", "decoder.head.bias"),
  ],
  unused: [],
};

/** A projection x·W there is a layer without bias, whose weight is W transposed. */
function projection(published: string, seglab: string): NameRule {
  const swapped = ([matrix]: readonly NDArray[]) => [transposed(matrix!)];
  return { published: [published], seglab: [seglab], toSeglab: swapped, toPublished: swapped };
}
