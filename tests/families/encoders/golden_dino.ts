import type { NameMap } from "../../../lib/checkpoints/name_rules.ts";
import type { DinoConfig } from "../../../lib/families/encoders/dino.ts";
import { hubDinov2, hubDinov3 } from "../../../lib/families/encoders/dino_checkpoints.ts";
import type { Golden } from "../../golden.ts";

/** The network of a golden file that transformers' DINOv2 or DINOv3 computed. */
export function dinoOf({ file, config: { hf } }: Golden): DinoConfig {
  const isSecond = file.includes("dinov2");
  const gated = Boolean(hf.use_swiglu_ffn ?? hf.use_gated_mlp);
  const dim: number = hf.hidden_size;
  const registers: number = hf.num_register_tokens ?? 0;
  return {
    imageSize: [hf.image_size, hf.image_size],
    patch: hf.patch_size,
    dim,
    heads: hf.num_attention_heads,
    layers: hf.num_hidden_layers,
    registers,
    hidden: hf.intermediate_size ?? (gated ? 8 * Math.ceil(Math.floor(8 * dim / 3) / 8) : 4 * dim),
    gated,
    layerScale: true,
    positions: isSecond
      ? { kind: "table", rule: registers > 0 ? "antialiased" : "bicubic" }
      : { kind: "rope" },
    eps: isSecond ? 1e-6 : 1e-5,
    dropPath: 0,
  };
}

/** The names of such a file. */
export function dinoNames(file: Golden): NameMap {
  const { gated, positions } = dinoOf(file);
  return positions.kind === "rope" ? hubDinov3("layer.", gated) : hubDinov2;
}
