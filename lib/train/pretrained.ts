import type { NDArray } from "../array.ts";
import { assign, type LoadReport } from "../checkpoints/assign.ts";
import { resizePosEmbed } from "../checkpoints/pos_embed.ts";
import { extraTokens, type VitConfig } from "../models/vit.ts";
import { initialize } from "../nn/init.ts";
import type { Parameter } from "../nn/scope.ts";

/**
 * First values of a Segmenter: those of an ImageNet-trained ViT (timm names) where name and shape fit
 * the encoder's, with its position embeddings resized to the encoder's grid, and random ones
 * elsewhere. The report says which is which; names are the Segmenter's.
 */
export function fromPretrained(
  parameters: ReadonlyMap<string, Parameter>,
  encoder: VitConfig,
  vit: ReadonlyMap<string, NDArray>,
  seed: number,
): { values: Map<string, NDArray>; report: LoadReport } {
  const tensors = new Map([...vit].map(([name, tensor]) => [`encoder.${name}`, tensor]));
  const table = tensors.get("encoder.pos_embed");
  if (table) tensors.set("encoder.pos_embed", fitted(table, encoder));
  const shapes = new Map([...parameters].map(([name, { tensor }]) => [name, tensor.shape]));
  const { values, report } = assign(tensors, shapes);
  if (values.size === 0) {
    throw new TypeError(
      `Cannot begin from pretrained weights: a ViT under timm's names needed, got ` +
        [...vit.keys()].slice(0, 3).join(", "),
    );
  }
  return { values: new Map([...initialize(parameters, seed), ...values]), report };
}

/** Position embeddings of a square grid, resized to the encoder's. */
function fitted(table: NDArray, encoder: VitConfig): NDArray {
  const { imageSize: [height, width], patch } = encoder;
  const extra = extraTokens(encoder);
  const side = Math.floor(Math.sqrt(table.shape[1]! - extra));
  return resizePosEmbed(table, extra, [side, side], [height / patch, width / patch]);
}
