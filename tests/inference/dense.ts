/**
 * Inference as the papers' code writes it, with all scores at full resolution: what lib/eval must equal
 * without ever holding them. Slow and plain.
 */
import type { NDArray } from "../../lib/array.ts";
import { resizeBilinear } from "../../lib/bilinear.ts";
import type { LabelMap, Size } from "../../lib/images/image.ts";
import type { Network } from "../../experiments/bench/bare_network.ts";
import type { Prediction } from "../../lib/inference/predictor.ts";
import { anchors, enlargedSize } from "../../lib/inference/views.ts";

/** Logits [classes, ...original] of an image [3, h, w]: the mean of square windows' logits. */
export async function slidingWindow(
  network: Network,
  image: NDArray,
  { window, stride }: { readonly window: number; readonly stride: number },
  original: Size = [image.shape[1]!, image.shape[2]!],
): Promise<NDArray> {
  const size = enlargedSize([image.shape[1]!, image.shape[2]!], window);
  const seen = resizeBilinear(image, ...size);
  const [height, width] = size;
  let [sums, counts] = [new Float64Array(), new Float64Array(height * width)];
  for (const top of anchors(height, window, stride)) {
    for (const left of anchors(width, window, stride)) {
      const { shape, data } = await network(cropped(seen, top, left, window));
      if (sums.length === 0) sums = new Float64Array(shape[1]! * height * width);
      data.forEach((logit, i) => {
        const [y, x] = [top + Math.floor(i / window) % window, left + i % window];
        const c = Math.floor(i / window ** 2);
        sums[(c * height + y) * width + x]! += logit;
        if (c === 0) counts[y * width + x]!++;
      });
    }
  }
  const data = Float32Array.from(sums, (sum, i) => sum / counts[i % counts.length]!);
  return resizeBilinear({ shape: [sums.length / counts.length, ...size], data }, ...original);
}

/** Class probabilities [classes, ...original]: the mean over images and, with `flip`, their mirrors. */
export async function meanProbabilities(
  network: Network,
  images: readonly NDArray[],
  flip: readonly boolean[],
  windows: { readonly window: number; readonly stride: number },
  original: Size,
): Promise<NDArray> {
  const passes: NDArray[] = [];
  for (const image of images) {
    for (const mirrored of flip) {
      const seen = mirrored ? mirror(image) : image;
      const logits = await slidingWindow(network, seen, windows, original);
      passes.push(softmax(mirrored ? mirror(logits) : logits));
    }
  }
  const data = passes[0]!.data.map((_, i) =>
    passes.reduce((sum, { data }) => sum + data[i]!, 0) / passes.length
  );
  return { shape: passes[0]!.shape, data };
}

/** The first largest of each pixel's probabilities [classes, h, w]. */
export function predictionOf({ shape, data }: NDArray): Prediction {
  const [classes, height, width] = shape as [number, number, number];
  const pixels = height * width;
  const labels: LabelMap = { width, height, data: new Uint8Array(pixels) };
  const confidence = data.slice(0, pixels);
  for (let i = pixels; i < classes * pixels; i++) {
    if (data[i]! <= confidence[i % pixels]!) continue;
    confidence[i % pixels] = data[i]!;
    labels.data[i % pixels] = Math.floor(i / pixels);
  }
  return { labels, confidence };
}

/** Softmax over the classes of logits [classes, h, w]. */
export function softmax({ shape, data }: NDArray): NDArray {
  const pixels = shape[1]! * shape[2]!;
  const largest = predictionOf({ shape, data }).confidence;
  const exps = Float64Array.from(data, (logit, i) => Math.exp(logit - largest[i % pixels]!));
  const totals = new Float64Array(pixels);
  exps.forEach((exp, i) => totals[i % pixels]! += exp);
  return { shape, data: Float32Array.from(exps, (exp, i) => exp / totals[i % pixels]!) };
}

/** A map [c, h, w] mirrored left to right. */
export function mirror({ shape, data }: NDArray): NDArray {
  const width = shape[2]!;
  return { shape, data: data.map((_, i) => data[i - i % width + width - 1 - i % width]!) };
}

function cropped({ shape, data }: NDArray, top: number, left: number, window: number): NDArray {
  const [c, h, w] = shape as [number, number, number];
  const values = Float32Array.from({ length: c * window * window }, (_, i) => {
    const [y, x] = [top + Math.floor(i / window) % window, left + i % window];
    return data[(Math.floor(i / window ** 2) * h + y) * w + x]!;
  });
  return { shape: [1, c, window, window], data: values };
}
