import type { Testing } from "../family.ts";
import { RATIOS, type Resize } from "../protocol.ts";

/**
 * How Segmenter is tested (segm/config.yml, segm/eval/miou.py): the box is (ratio · im_size, im_size),
 * where im_size is the window but for Pascal Context and Cityscapes; windows are 32 pixels less than a
 * window apart.
 */
export const segmenterTesting: Testing = {
  sight: (data, window) => {
    const boxes: Readonly<Record<string, readonly [long: number, short: number]>> = {
      "ade20k": [4 * window, window],
      "pascal-context": [4160, 520],
      "cityscapes": [2048, 1024],
    };
    const box = boxes[data];
    const resize: Resize = box
      ? { to: "box", box: { long: box[0], short: box[1] } }
      : { to: "own size" };
    const windows = { window, stride: Math.max(window - 32, 1), enlarge: true };
    return { resize, multiple: 1, windows };
  },
  scales: () => RATIOS,
};
