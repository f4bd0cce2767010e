import type { DinoConfig } from "./dino.ts";

/** Sizes of DINOv2 and DINOv3 (dinov2/hub/backbones.py, dinov3/hub/backbones.py). */
const sizes = {
  S: { dim: 384, heads: 6, layers: 12, hidden: 1536, gated: false },
  "S+": { dim: 384, heads: 6, layers: 12, hidden: 1536, gated: true },
  B: { dim: 768, heads: 12, layers: 12, hidden: 3072, gated: false },
  L: { dim: 1024, heads: 16, layers: 24, hidden: 4096, gated: false },
  g: { dim: 1536, heads: 24, layers: 40, hidden: 4096, gated: true },
} as const;

/** The name of a size. */
export type DinoSize = keyof typeof sizes;

/** Side of the images that DINOv2's tables of positions are for: 37 × 37 patches. */
export const DINOV2_IMAGE = 518;

/** Registers of all models that have some. */
const REGISTERS = 4;

/** DINOv2 of a size; tables go to other sizes as those of the Hub do. */
export function dinov2(size: DinoSize, hasRegisters: boolean, dropPath: number): DinoConfig {
  return {
    ...sizes[size],
    imageSize: [DINOV2_IMAGE, DINOV2_IMAGE],
    patch: 14,
    registers: hasRegisters ? REGISTERS : 0,
    layerScale: true,
    positions: { kind: "table", rule: hasRegisters ? "antialiased" : "bicubic" },
    eps: 1e-6,
    dropPath,
  };
}

/** DINOv3 of a size; its positions are of any image, so `image` is only what is written down. */
export function dinov3(size: DinoSize, image: number, dropPath: number): DinoConfig {
  return {
    ...sizes[size],
    imageSize: [image, image],
    patch: 16,
    registers: REGISTERS,
    layerScale: true,
    positions: { kind: "rope" },
    eps: 1e-5,
    dropPath,
  };
}
