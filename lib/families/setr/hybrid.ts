import { reshape, swapLast } from "../../graph/ops/structure.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { linear } from "../../nn/layers.ts";
import type { Scope } from "../../nn/scope.ts";
import { resnet } from "../encoders/resnet.ts";
import type { VitConfig } from "../encoders/vit.ts";

/** Sides of the ResNet's output are the image's by this. */
const STRIDE = 16;

/**
 * The patches of SETR's Hybrid (section 4.1): a ResNet-50 of output stride 16 takes the place of the
 * pixels. Images [b, 3, h, w], sides multiples of 16, to [b, (h/16)·(w/16), dim], each position's 2048
 * features through a linear layer, under the official `HybridEmbed`'s names. It is torchvision's
 * ResNet with batch norm; AugReg's R50+ViT has another one, with group norm and three stages.
 */
export function hybridEmbed(p: Scope, images: Tensor, { patch, dim }: VitConfig): Tensor {
  const [b, , h, w] = images.dims(4);
  if (patch !== STRIDE || h % STRIDE > 0 || w % STRIDE > 0) {
    throw new RangeError(
      `Cannot embed images by a ResNet-50: patches of ${STRIDE} pixels and sides in multiples of ` +
        `them needed, got patches of ${patch} and ${images}`,
    );
  }
  const features = resnet(p.at("backbone"), images, 50, STRIDE)[3];
  const channels = reshape(features, [b, features.shape[1]!, h * w / STRIDE ** 2]);
  return linear(p.at("proj"), swapLast(channels), dim);
}
