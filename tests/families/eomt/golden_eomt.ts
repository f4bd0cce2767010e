import type { NameMap } from "../../../lib/checkpoints/name_rules.ts";
import { hubEomt, hubEomtDinov3 } from "../../../lib/families/eomt/checkpoints.ts";
import type { EomtConfig } from "../../../lib/families/eomt/eomt.ts";
import type { Golden } from "../../golden.ts";

/** Whether a golden file is of an EoMT on DINOv3. */
function isThird({ file }: Golden): boolean {
  return file.endsWith("dinov3");
}

/** The network of a golden file that transformers' EoMT computed, with room for `objects` objects. */
export function eomtOf(file: Golden, objects: number): EomtConfig {
  const { hf, ncls } = file.config;
  const third = isThird(file);
  return {
    encoder: {
      imageSize: [hf.image_size, hf.image_size],
      patch: hf.patch_size,
      dim: hf.hidden_size,
      heads: hf.num_attention_heads,
      layers: hf.num_hidden_layers,
      registers: hf.num_register_tokens,
      hidden: hf.intermediate_size ?? 4 * hf.hidden_size,
      gated: false,
      layerScale: true,
      positions: third ? { kind: "rope" } : { kind: "patches" },
      eps: 1e-6,
      dropPath: 0,
    },
    blocks: hf.num_blocks,
    queries: hf.num_queries,
    classes: ncls,
    task: "panoptic",
    objects,
    points: hf.train_num_points,
  };
}

/** The names of such a file. */
export function eomtNames(file: Golden): NameMap {
  return isThird(file) ? hubEomtDinov3 : hubEomt;
}
