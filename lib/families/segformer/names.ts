import {
  hubEncoder,
  inMemoryEncoder,
  mixTransformerNames,
} from "../encoders/mix_transformer_names.ts";
import { type NameMap, type NameRule, renamed, same } from "../../checkpoints/rule.ts";

/** NVlabs' SegFormer: Seglab's own names. mmsegmentation's base class adds `conv_seg`. */
export const nvlabsSegformer: NameMap = {
  rules: [
    ...mixTransformerNames("backbone."),
    "decode_head.linear_c{s}.proj.{p}",
    "decode_head.linear_fuse.conv.weight",
    "decode_head.linear_fuse.bn.{bn}",
    "decode_head.linear_pred.{p}",
  ].map(same),
  unused: ["decode_head.conv_seg.{p}"],
};

/** SegFormer in Hugging Face's files, which transformers 4 and 5 read and write. */
export const hubSegformer: NameMap = {
  rules: [...hubEncoder("backbone."), ...head("linear_c")],
  unused: [],
};

/** SegFormer as transformers 5 names it in memory (a state dict saved by hand). */
export const inMemorySegformer: NameMap = {
  rules: [...inMemoryEncoder("backbone."), ...head("linear_projections")],
  unused: [],
};

function head(projections: string): NameRule[] {
  return [
    renamed(`decode_head.${projections}.{s}.proj.{p}`, "decode_head.linear_c{s+1}.proj.{p}"),
    renamed("decode_head.linear_fuse.weight", "decode_head.linear_fuse.conv.weight"),
    renamed("decode_head.batch_norm.{bn}", "decode_head.linear_fuse.bn.{bn}"),
    renamed("decode_head.classifier.{p}", "decode_head.linear_pred.{p}"),
  ];
}
