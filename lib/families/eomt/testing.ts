import type { Testing } from "../family.ts";
import { RATIOS, type Sight } from "../protocol.ts";

/** Pictures with a short side of a window, seen in as few windows as cover them (transformers' EomtImageProcessor). */
export function squaresAlong(side: number): Sight {
  return {
    resize: { to: "shortest edge", edge: side, longest: null, resampling: "bilinear" },
    multiple: 1,
    windows: { window: side, stride: "even", enlarge: false },
  };
}

/** How EoMT is tested for semantic segmentation, on any data set; its paper has one scale. */
export const eomtTesting: Testing = {
  sight: (_, window) => squaresAlong(window),
  scales: () => RATIOS,
};
