import type { Testing } from "../family.ts";
import { RATIOS, type Resize } from "../protocol.ts";

/**
 * How SegFormer is tested (local_configs/segformer): whole images with both sides rounded up to
 * multiples of 32, and on Cityscapes windows of the training crop, 1024, each 768 pixels. On ADE20K the
 * box's short side is the crop: 640 for B5, 512 for the others.
 */
export const segformerTesting: Testing = {
  sight: (data, window) => {
    const box = (short: number): Resize => ({ to: "box", box: { long: 2048, short } });
    if (data === "cityscapes") {
      const windows = { window, stride: strideOf(window), enlarge: false };
      return { resize: box(1024), multiple: 1, windows };
    }
    const resize: Resize = data === "ade20k" || data === "coco-stuff"
      ? box(window)
      : { to: "own size" };
    return { resize, multiple: 32, windows: null };
  },
  scales: (data) => {
    if (data === "ade20k") return [0.75, 0.875, 1, 1.125, 1.25];
    return data === "cityscapes" ? [...RATIOS, 2] : RATIOS;
  },
};

/** Windows overlap by a quarter. */
export function strideOf(window: number): number {
  return Math.max(1, Math.floor(3 * window / 4));
}
