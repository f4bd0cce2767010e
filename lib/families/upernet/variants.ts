import type { VariantUse } from "../family.ts";
import type { UpernetConfig } from "./upernet.ts";

/** A named UPerNet. */
export interface UpernetVariant {
  /** Channels of the first stage. */
  readonly dim: number;
  readonly depths: readonly [number, number, number, number];
  readonly heads: readonly [number, number, number, number];
  readonly window: number;
  /** Parameters with ADE20K's 150 classes and the auxiliary head. */
  readonly parameters: number;
}

const tiny = { dim: 96, heads: [3, 6, 12, 24] } as const;
const base = { dim: 128, heads: [4, 8, 16, 32], depths: [2, 2, 18, 2] } as const;
const large = { dim: 192, heads: [6, 12, 24, 48], depths: [2, 2, 18, 2] } as const;

/**
 * Published UPerNets on Swin by their encoders' names (Liu et al. 2021, table 3). Those with windows of 12
 * cells are openmmlab's on the Hub, whose encoders were trained on ImageNet-22k at 384². The code and
 * the weights are under the MIT licence.
 */
export const upernetVariants = {
  "UPerNet-Swin-T": { ...tiny, depths: [2, 2, 6, 2], window: 7, parameters: 59_941_862 },
  "UPerNet-Swin-S": { ...tiny, depths: [2, 2, 18, 2], window: 7, parameters: 81_259_766 },
  "UPerNet-Swin-B": { ...base, window: 7, parameters: 121_279_716 },
  "UPerNet-Swin-B-W12": { ...base, window: 12, parameters: 121_415_076 },
  "UPerNet-Swin-L": { ...large, window: 7, parameters: 233_759_936 },
  "UPerNet-Swin-L-W12": { ...large, window: 12, parameters: 233_962_976 },
} as const satisfies Record<string, UpernetVariant>;

/** The configuration of a variant for a number of classes. */
export function upernetConfig(
  { dim, depths, heads, window }: UpernetVariant,
  { classes, dropPath, decoderDropout }: VariantUse,
): UpernetConfig {
  return {
    encoder: { dim, depths, heads, window, dropPath },
    channels: 512,
    auxiliary: { channels: 256, convolutions: 1 },
    dropout: decoderDropout,
    classes,
  };
}
