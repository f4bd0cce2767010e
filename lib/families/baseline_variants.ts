import type { BaselineConfig } from "./encoders/resnet.ts";

/** A named baseline. */
export interface BaselineVariant {
  readonly family: "fcn" | "semantic_fpn" | "deeplabv3plus";
  readonly depth: BaselineConfig["depth"];
  /** The coarsest stride of the network in pixels. */
  readonly patch: 8 | 32;
  /** Side of the images that the papers compare on. */
  readonly image: 512;
  /** Parameters with ADE20K's 150 classes, without the auxiliary head that only training has. */
  readonly parameters: number;
  /** The pixel statistics that ResNets are trained with: ImageNet's, as DeiT's. */
  readonly normalization: "deit";
}

const dilated = { patch: 8, image: 512, normalization: "deit" } as const;
const fcn = { ...dilated, family: "fcn" } as const;
const deeplab = { ...dilated, family: "deeplabv3plus" } as const;
const fpn = { patch: 32, image: 512, normalization: "deit", family: "semantic_fpn" } as const;

/**
 * The networks that the papers compare with, on torchvision's ResNets. The papers count mmseg's
 * deeper stem (19,232 parameters more) and the auxiliary head: FCN-R101 68.6M and DeepLabv3+-R101
 * 62.7M (SegFormer), SemanticFPN-R50 28.5M and -R101 47.5M (PVT). The dilated ones on ResNet-18 have
 * mmseg's narrower heads.
 */
export const baselineVariants = {
  "FCN-R18": { ...fcn, depth: 18, parameters: 12_671_190 },
  "FCN-R50": { ...fcn, depth: 50, parameters: 47_181_014 },
  "FCN-R101": { ...fcn, depth: 101, parameters: 66_173_142 },
  "SemanticFPN-R18": { ...fpn, depth: 18, parameters: 15_426_774 },
  "SemanticFPN-R50": { ...fpn, depth: 50, parameters: 28_495_574 },
  "SemanticFPN-R101": { ...fpn, depth: 101, parameters: 47_487_702 },
  "DeepLabv3+-R18": { ...deeplab, depth: 18, parameters: 12_317_810 },
  "DeepLabv3+-R50": { ...deeplab, depth: 50, parameters: 41_273_158 },
  "DeepLabv3+-R101": { ...deeplab, depth: 101, parameters: 60_265_286 },
} as const satisfies Record<string, BaselineVariant>;
