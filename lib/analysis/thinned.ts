import type { Image, LabelMap } from "../images/image.ts";
import type { UncertaintyMaps } from "./uncertainty_finding.ts";

/** What is kept to be drawn has no longer side than this, in pixels. */
const LONGEST = 800;

/** Every n-th pixel of every n-th row of maps, so that they take no more room than pictures of them need. */
export function thinned(maps: UncertaintyMaps): UncertaintyMaps {
  const { width, height } = maps.image;
  const step = Math.ceil(Math.max(width, height) / LONGEST);
  if (step === 1) return maps;
  const [columns, rows] = [Math.ceil(width / step), Math.ceil(height / step)];
  const take = <T extends Uint8Array | Float32Array>(from: T, into: T, channels: number): T => {
    for (let i = 0; i < rows * columns; i++) {
      const at = step * (Math.floor(i / columns) * width + i % columns);
      for (let c = 0; c < channels; c++) into[channels * i + c] = from[channels * at + c]!;
    }
    return into;
  };
  const size = { width: columns, height: rows };
  const pixels = columns * rows;
  const image: Image = { ...size, data: take(maps.image.data, new Uint8Array(3 * pixels), 3) };
  const labels: LabelMap = { ...size, data: take(maps.labels.data, new Uint8Array(pixels), 1) };
  return {
    image,
    labels,
    entropy: take(maps.entropy, new Float32Array(pixels), 1),
    margin: take(maps.margin, new Float32Array(pixels), 1),
  };
}
