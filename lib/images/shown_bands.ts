import { type Bands, type Image, isBands, type Raster } from "./image.ts";

/** Darker values than this share are black, and brighter ones than the rest of as many are white. */
const CUT = 0.02;
/** So many values of a band tell its range. */
const MOST_VALUES = 1 << 16;

/**
 * An image as it is shown to people: RGB as it is. Of bands the first three are red, green and blue, and of
 * one or two the first is grey; each is stretched so that 2 % of its values are black and 2 % white.
 */
export function shownImage(picture: Raster): Image {
  return isBands(picture) ? stretched(picture) : picture;
}

function stretched({ width, height, channels, data: source }: Bands): Image {
  const data = new Uint8Array(3 * width * height);
  const shown = channels < 3 ? [0, 0, 0] : [0, 1, 2];
  shown.forEach((band, colour) => {
    const [black, white] = rangeOf(source, band, channels);
    const factor = white > black ? 255 / (white - black) : 0;
    for (let from = band, to = colour; from < source.length; from += channels, to += 3) {
      const value = Math.round((source[from]! - black) * factor);
      data[to] = Math.min(Math.max(value, 0), 255); // NaN becomes 0
    }
  });
  return { width, height, data };
}

/** The values of a band that become black and white. */
function rangeOf(source: Float32Array, band: number, channels: number): readonly [number, number] {
  const pixels = source.length / channels;
  const step = Math.ceil(pixels / MOST_VALUES);
  const values = Float32Array.from(
    { length: Math.ceil(pixels / step) },
    (_, i) => source[i * step * channels + band]!,
  ).filter(Number.isFinite).sort();
  const at = (share: number) => values[Math.round(share * (values.length - 1))] ?? 0;
  return [at(CUT), at(1 - CUT)];
}
