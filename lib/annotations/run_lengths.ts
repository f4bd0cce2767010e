import { type Extent, NOTHING, type Patch } from "./patch.ts";

/** Lengths of runs of pixels, those outside of a region and those in it in turn, outside first. */
export type Runs = ArrayLike<number>;

/**
 * The runs of COCO's compressed text: each is the difference from the run before the last (but for the
 * first three), in groups of 5 bits from the lowest, 48 added to each; bit 6 says that more follow, bit
 * 5 of the last one is the sign.
 */
export function compressedRuns(text: string): number[] {
  const runs: number[] = [];
  for (let at = 0; at < text.length;) {
    let value = 0;
    for (let shift = 0, more = true; more; shift += 5) {
      const group = text.charCodeAt(at++) - 48;
      if (!(group >= 0 && group < 64) || shift > 30) {
        throw new SyntaxError(
          `Cannot read run lengths: COCO's compressed text of at most 7 signs a number needed, got ` +
            `${JSON.stringify(text.slice(Math.max(0, at - 4), at + 4))} at sign ${at}`,
        );
      }
      value |= (group & 31) << shift;
      more = (group & 32) !== 0;
      if (!more && group & 16 && shift + 5 < 32) value |= -1 << (shift + 5);
    }
    runs.push(runs.length > 2 ? value + runs[runs.length - 2]! : value);
  }
  return runs;
}

/** COCO's compressed text of runs: what `compressedRuns` reads. */
export function compressedText(runs: Runs): string {
  let text = "";
  for (let i = 0; i < runs.length; i++) {
    let value = runs[i]! - (i > 2 ? runs[i - 2]! : 0);
    for (let more = true; more;) {
      const group = value & 31;
      value >>= 5;
      more = group & 16 ? value !== -1 : value !== 0; // the last group's highest bit is the sign
      text += String.fromCharCode(48 + (more ? group | 32 : group));
    }
  }
  return text;
}

/** Why runs do not fill so many pixels, in words; null where they do. */
export function runFault(runs: Runs, { width, height }: Extent): string | null {
  let total = 0;
  for (let i = 0; i < runs.length; i++) {
    if (!Number.isInteger(runs[i]) || runs[i]! < 0) return `a run of ${runs[i]} pixels`;
    total += runs[i]!;
  }
  const needed = width * height;
  return total === needed ? null : `runs of ${total} pixels for ${width}×${height} (${needed})`;
}

/** The pixels of runs that go down the columns of an image, as COCO's do. */
export function columnPatch(runs: Runs, { width, height }: Extent): Patch {
  let [left, right, top, bottom] = [width, 0, height, 0];
  eachRun(runs, (from, to) => {
    left = Math.min(left, Math.floor(from / height));
    right = Math.max(right, Math.floor((to - 1) / height) + 1);
    const within = Math.floor(from / height) === Math.floor((to - 1) / height);
    top = Math.min(top, within ? from % height : 0);
    bottom = Math.max(bottom, within ? (to - 1) % height + 1 : height);
  });
  if (left >= right) return NOTHING;
  const box = { left, top, width: right - left, height: bottom - top };
  const bits = new Uint8Array(box.width * box.height);
  eachRun(runs, (from, to) => {
    for (let i = from; i < to; i++) {
      bits[(i % height - top) * box.width + Math.floor(i / height) - left] = 1;
    }
  });
  return { ...box, bits };
}

/** The pixels of runs that go along the rows of a box, as CVAT's do. */
export function rowPatch(runs: Runs, box: Omit<Patch, "bits">): Patch {
  const bits = new Uint8Array(box.width * box.height);
  eachRun(runs, (from, to) => void bits.fill(1, from, to));
  return { ...box, bits };
}

function eachRun(runs: Runs, inside: (from: number, to: number) => void): void {
  for (let i = 0, at = 0; i < runs.length; at += runs[i++]!) {
    if (i % 2 === 1 && runs[i]! > 0) inside(at, at + runs[i]!);
  }
}
