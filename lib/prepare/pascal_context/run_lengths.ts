import { excerpt } from "../../words.ts";

/** A mask of COCO's tools: [height, width], and the lengths of its runs as text. */
export interface RunLengths {
  readonly size: readonly [number, number];
  readonly counts: string;
}

/**
 * Sets the pixels of a mask to `value` in `labels` [h, w]. Runs are of 0 and 1 in turn, down the
 * columns; each length is written in 5-bit groups, low ones first, from the character 48 on, and
 * from the fourth on as the difference to the length two before (rleFrString in maskApi.c of
 * cocodataset/cocoapi). `where` names the mask in errors. Gives how many pixels it set.
 */
export function paintRuns(
  labels: Uint8Array,
  { size: [height, width], counts }: RunLengths,
  value: number,
  where: string,
): number {
  const pixels = height * width;
  let [before, last, pixel, set] = [0, 0, 0, 0]; // before: the length of the run of the same kind
  for (let at = 0, run = 0; at < counts.length; run++) {
    const { number, next } = numberAt(counts, at, where);
    const length = run > 2 ? number + before : number;
    if (length < 0 || pixel + length > pixels) {
      throw broken(where, `runs that fill ${width}×${height} pixels`, `one of ${length}`);
    }
    if (run % 2 === 1) {
      set += length;
      let [x, y] = [Math.floor(pixel / height), pixel % height];
      for (let i = 0; i < length; i++) {
        labels[y * width + x] = value;
        if (++y === height) [x, y] = [x + 1, 0];
      }
    }
    [before, last, pixel, at] = [last, length, pixel + length, next];
  }
  if (pixel !== pixels) {
    throw broken(where, `runs that fill ${width}×${height} pixels`, `${pixel} pixels`);
  }
  return set;
}

function numberAt(counts: string, start: number, where: string) {
  let number = 0;
  for (let at = start, shift = 0;; at++, shift += 5) {
    const group = counts.charCodeAt(at) - 48;
    if (!(group >= 0 && group < 64) || shift > 25) {
      throw broken(
        where,
        "run lengths in COCO's text form",
        excerpt(counts.slice(start, start + 8)),
      );
    }
    number |= (group & 0x1f) << shift;
    if ((group & 0x20) !== 0) continue;
    if ((group & 0x10) !== 0) number |= -1 << (shift + 5);
    return { number, next: at + 1 };
  }
}

function broken(where: string, needs: string, got: string): SyntaxError {
  return new SyntaxError(`Cannot decode ${where}: it needs ${needs}, got ${got}`);
}
