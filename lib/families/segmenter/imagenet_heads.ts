import type { VitConfig } from "../encoders/vit.ts";

/**
 * ImageNet heads, by their names in the encoder and their shapes: every official checkpoint holds them,
 * though no segmentation uses them.
 */
export function imageNetHeads(
  { dim, distilled }: Pick<VitConfig, "dim" | "distilled">,
): readonly (readonly [name: string, shape: readonly number[]])[] {
  return (distilled ? ["head", "head_dist"] : ["head"]).flatMap((head) =>
    [[`${head}.weight`, [1000, dim]], [`${head}.bias`, [1000]]] as const
  );
}
