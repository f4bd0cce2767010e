import { spreadIndices } from "../array.ts";
import { channelsOf, isBands, kindInWords, type Raster } from "../images/image.ts";
import type { Normalization } from "../images/normalise.ts";
import type { Dataset } from "./dataset.ts";

/** Images that are looked at, spread over the data set. */
const SAMPLE = 256;
/** Digits of the statistics, so that a config can be read. */
const DIGITS = 6;

/**
 * Mean and standard deviation of each band over the pixels of 256 images of a data set that have a value
 * there; null where its images are 8-bit RGB. Another number of bands in one of them is a RangeError.
 */
export async function bandStatistics(dataset: Dataset): Promise<Normalization | null> {
  const first = await bandsIn(dataset);
  if (first === null) return null;
  const sums = Array.from({ length: first }, () => ({ count: 0, sum: 0, squares: 0 }));
  for (const index of spreadIndices(dataset.length, Math.min(SAMPLE, dataset.length))) {
    const { name, image } = await dataset.example(index);
    requireBands(image, first, `${dataset.name}, ${name}`);
    sums.forEach((band, channel) => {
      for (let i = channel; i < image.data.length; i += first) {
        const value = image.data[i]!;
        if (!Number.isFinite(value)) continue;
        band.count++;
        band.sum += value;
        band.squares += value * value;
      }
    });
  }
  const statistics = sums.map(({ count, sum, squares }) => {
    const mean = count > 0 ? sum / count : 0;
    const variance = count > 0 ? squares / count - mean * mean : 0;
    return { mean: rounded(mean), std: rounded(Math.sqrt(Math.max(0, variance))) || 1 }; // a band of one value
  });
  return { mean: statistics.map(({ mean }) => mean), std: statistics.map(({ std }) => std) };
}

/** How many bands the images of a data set have; null where they are 8-bit RGB. */
async function bandsIn(dataset: Dataset): Promise<number | null> {
  if (dataset.source) return dataset.source.reading?.channels ?? null;
  const { image } = await dataset.example(0);
  return isBands(image) ? image.channels : null;
}

function requireBands(image: Raster, bands: number, name: string): void {
  if (isBands(image) && image.channels === bands) return;
  throw new RangeError(
    `Cannot take the statistics of ${name}: ${
      kindInWords(bands, true)
    } needed, as the first image has, ` +
      `got ${kindInWords(channelsOf(image), isBands(image))}`,
  );
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
