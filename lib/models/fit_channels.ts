import type { NDArray } from "../array.ts";
import { type Architecture, declaredBy, inputChannels } from "../families/family.ts";

/** Sides of the image that a network is built for when only its parameters matter. */
const ANY_SIDE = 64;
const RGB = 3;

/**
 * Fits a checkpoint's kernels [out, 3, k, k] that see the image to a network of other channels, in place,
 * as timm's adapt_input_conv does. They are the parameters that depend on the number of channels.
 */
export function fitChannels(tensors: Map<string, NDArray>, architecture: Architecture): void {
  const channels = inputChannels(architecture);
  if (channels === RGB) return;
  const [own, ofRgb] = [architecture, { ...architecture, channels: RGB }].map((network) =>
    declaredBy(network, ANY_SIDE).parameters
  );
  for (const [name, { tensor: { shape } }] of own!) {
    const tensor = tensors.get(name);
    const needed = ofRgb!.get(name)!.tensor.shape;
    if (!tensor || `${shape}` === `${needed}` || `${tensor.shape}` !== `${needed}`) continue;
    tensors.set(name, ofChannels(tensor, channels));
  }
}

/**
 * Kernels [out, 3, h, w] for images of n channels: of one their sum, of more they are repeated in their
 * order and multiplied by 3 / n, so that an image of equal channels gives what it gave as grey RGB.
 */
export function ofChannels({ shape, data }: NDArray, channels: number): NDArray {
  const [out, , h, w] = shape as [number, number, number, number];
  const area = h * w;
  const kernels = new Float32Array(out * channels * area);
  for (let i = 0; i < kernels.length; i++) {
    const [kernel, channel, at] = [
      Math.floor(i / (channels * area)),
      Math.floor(i / area) % channels,
      i % area,
    ];
    const from = (colour: number) => data[(kernel * RGB + colour) * area + at]!;
    kernels[i] = channels === 1
      ? from(0) + from(1) + from(2)
      : from(channel % RGB) * RGB / channels;
  }
  return { shape: [out, channels, h, w], data: kernels };
}
