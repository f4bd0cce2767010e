import { type NDArray, sizeOf } from "../array.ts";
import { reshape, slice } from "../graph/ops/structure.ts";
import { input } from "../graph/tensor.ts";
import { segmenter, type SegmenterConfig } from "../families/segmenter/segmenter.ts";
import { Scope } from "../nn/scope.ts";
import { Program, value } from "../runtime/session.ts";

/**
 * The class tokens as they leave the Mask Transformer (after its last norm), [classes, dim]: what the
 * learned embeddings became when they had seen an image, as the mean over normalised images
 * [1, 3, h, w] of one size.
 */
export async function decodedClasses(
  config: SegmenterConfig,
  weights: ReadonlyMap<string, NDArray>,
  images: readonly NDArray[],
  threads: number,
): Promise<NDArray> {
  if (config.decoder.name !== "mask_transformer" || images.length === 0) {
    throw new RangeError(
      "Cannot take decoded class tokens: a Mask Transformer and at least one image needed, got " +
        `the decoder ${config.decoder.name} and ${images.length} images`,
    );
  }
  const { taps } = Scope.build(
    false,
    (p) => segmenter(p, input("images", images[0]!.shape), config),
  );
  const tokens = taps.get("decoder.normed")!; // patches, then classes
  const [, n, dim] = tokens.dims(3);
  const shape = [config.classes, dim];
  const classes = reshape(slice(tokens, [0, n - config.classes, 0], [1, ...shape]), shape);
  const program = await Program.compile({ classes }, { threads, weights });
  const mean = new Float64Array(sizeOf(shape));
  for (const image of images) {
    const { classes } = await program.run({ images: value(image.data, image.shape) });
    const data = classes!.data as Float32Array;
    for (let i = 0; i < mean.length; i++) mean[i]! += data[i]! / images.length;
  }
  await program.release();
  return { shape, data: new Float32Array(mean) };
}
