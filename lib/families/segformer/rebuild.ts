import type { NDArray } from "../../array.ts";
import type { SegformerConfig } from "./segformer.ts";
import type { Rebuilt } from "../rebuilt.ts";
import type { HubConfig } from "./hub_files.ts";
import { blockCount, shapeOf } from "../../checkpoints/tensor_shapes.ts";

type PerStage = SegformerConfig["dims"];

/** Attention heads of the four stages in all published Mix Transformers. */
const PUBLISHED_HEADS = [1, 2, 5, 8] as const;

/** Reads a SegFormer from its tensors (Seglab's names) and its config.json, where there is one. */
export function segformerOf(
  tensors: ReadonlyMap<string, NDArray>,
  eps: SegformerConfig["eps"],
  hub: HubConfig | undefined,
): Rebuilt {
  const perStage = (of: (stage: number) => number) => [1, 2, 3, 4].map(of) as unknown as PerStage;
  const [classes, decoderDim] = shapeOf(tensors, "decode_head.linear_pred.weight", 4);
  const config: SegformerConfig = {
    dims: perStage((s) => shapeOf(tensors, `backbone.norm${s}.weight`, 1)[0]),
    heads: hub?.num_attention_heads ?? PUBLISHED_HEADS,
    depths: perStage((s) => blockCount(tensors, `backbone.block${s}.`)),
    reductions: perStage((s) => tensors.get(`backbone.block${s}.0.attn.sr.weight`)?.shape[2] ?? 1),
    eps,
    dropPath: 0.1,
    decoderDim,
    dropout: 0.1,
    classes,
  };
  const assumed = hub ? [] : [`attention heads ${PUBLISHED_HEADS.join(", ")} (no config.json)`];
  return { architecture: { family: "segformer", config }, assumed };
}
