import type { NDArray } from "../../array.ts";
import { type NameMap, same } from "../../checkpoints/name_rules.ts";
import { shapeOf } from "../../checkpoints/tensor_shapes.ts";
import type { SwinConfig } from "../encoders/swin.ts";
import { swinBuffers, swinNames, swinOf, windowOf } from "../encoders/swin_checkpoints.ts";
import type { NetworkKind, Rebuilt } from "../family.ts";
import { squareProtocol } from "../protocol.ts";
import { unitRange } from "../recipe.ts";
import type { SwinUnetConfig } from "./swin_unet.ts";

const inStages = (name: string) => name.startsWith("layers.") && name.includes(".blocks.");
/** The decoder's names for what the encoder has in its stages. */
const upwards = (name: string) => name.replace(/^layers\./, "layers_up.");

/** The official Swin-Unet: Seglab's own names. */
export const officialSwinUnet: NameMap = {
  rules: [
    ...swinNames("").filter((name) => !name.startsWith("norm")),
    ...swinNames("").filter(inStages).map(upwards),
    ...["layers_up.{i}", "layers_up.{i}.upsample", "up"].flatMap((name) => [
      `${name}.expand.weight`,
      `${name}.norm.{p}`,
    ]),
    ...["concat_back_dim.{i}.{p}", "norm.{p}", "norm_up.{p}", "output.weight"],
  ].map(same),
  unused: [...swinBuffers(""), ...swinBuffers("").map(upwards)],
};

/**
 * Gives the decoder the weights of an encoder that was trained on ImageNet, in place, as the official code
 * does: the blocks of each stage are those of the stage that mirrors it.
 */
export function fitSwinUnet(
  tensors: Map<string, NDArray>,
  { encoder: { depths } }: SwinUnetConfig,
): void {
  if (tensors.has("layers_up.0.expand.weight")) return;
  const last = depths.length - 1;
  for (const [name, tensor] of [...tensors].filter(([name]) => inStages(name))) {
    const [, stage, block] = name.match(/^layers\.(\d+)\.(.+)$/) ?? [];
    const mirrored = last - Number(stage);
    if (mirrored > 0) tensors.set(`layers_up.${mirrored}.${block}`, tensor);
  }
}

/** Published checkpoints of whole Swin-Unets. */
export const swinUnetKinds: readonly NetworkKind<SwinUnetConfig>[] = [{
  title: "official Swin-Unet",
  names: officialSwinUnet,
  signs: [
    "layers.{s}.blocks.{i}.attn.qkv.weight",
    "layers_up.{i}.expand.weight",
    "output.weight",
  ],
  rebuild: (tensors) => Promise.resolve(rebuilt(tensors)),
}];

function rebuilt(tensors: ReadonlyMap<string, NDArray>): Rebuilt<SwinUnetConfig> {
  const encoder = swinOf(tensors, "");
  const image = imageOf(tensors, encoder);
  const [classes] = shapeOf(tensors, "output.weight", 4);
  return {
    config: { image, encoder, classes },
    normalization: unitRange,
    protocol: squareProtocol(image),
    window: image,
    stride: image,
    assumed: [`images of ${image} × ${image} pixels, with values between 0 and 1`],
  };
}

/**
 * The side of the images that a Swin-Unet is for. Where a stage's map is smaller than the window, so is
 * its table; otherwise the last map is one window, as published.
 */
function imageOf(tensors: ReadonlyMap<string, NDArray>, { depths, window }: SwinConfig): number {
  const sides = depths.map((_, s) => windowOf(tensors, `layers.${s}.blocks.0.`));
  const small = sides.findIndex((side) => side < window);
  const stage = small < 0 ? sides.length - 1 : small;
  return sides[stage]! * (4 << stage);
}
