import type { Testing } from "../family.ts";
import { RATIOS } from "../protocol.ts";
import type { SetrConfig } from "./setr.ts";

/**
 * How SETR is tested (configs/SETR): the short side at least a crop, windows two thirds of a crop
 * apart. Naive and MLA have scales of their own on ADE20K.
 */
export const setrTesting: Testing<SetrConfig> = {
  sight: (data, window) => {
    const short: Readonly<Record<string, number>> = {
      "ade20k": 512,
      "pascal-context": 520,
      "cityscapes": 1025,
    };
    const known = short[data];
    const windows = { window, stride: strideOf(window), enlarge: known === undefined };
    return {
      resize: known ? { to: "short side", short: known, least: window } : { to: "own size" },
      multiple: 1,
      windows,
    };
  },
  scales: (data, config) => data === "ade20k" && config?.head !== "pup" ? [0.5, 0.75, 1] : RATIOS,
};

/** The published strides are two thirds of the windows of 512, 480 and 768 pixels. */
export function strideOf(window: number): number {
  return Math.max(1, Math.floor(2 * window / 3));
}
