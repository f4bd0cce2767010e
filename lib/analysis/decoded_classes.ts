import { type NDArray, sizeOf } from "../array.ts";
import { reshape, slice } from "../graph/ops/structure.ts";
import { input } from "../graph/tensor.ts";
import type { Architecture } from "../families/family.ts";
import { Scope } from "../nn/scope.ts";
import { Program } from "../runtime/program.ts";
import { value } from "../runtime/value.ts";

/**
 * The class tokens as they leave the decoder (Segmenter's Mask Transformer after its last norm),
 * [classes, dim]: what the learned embeddings became when they had seen an image, as the mean over
 * normalised images [1, 3, h, w] of one size.
 */
export async function decodedClasses(
  { family, config }: Architecture,
  weights: ReadonlyMap<string, NDArray>,
  images: readonly NDArray[],
  threads: number,
): Promise<NDArray> {
  const names = family.classEmbeddings?.(config);
  if (!names || images.length === 0) {
    throw new RangeError(
      "Cannot take decoded class tokens: a network with class embeddings and at least one image " +
        `needed, got a ${family.name} ${
          names ? "with" : "without"
        } them and ${images.length} images`,
    );
  }
  const { taps } = Scope.build(false, (p) => {
    return family.model(config).build(p, input("images", images[0]!.shape));
  });
  const tokens = taps.get(names.decoded)!; // patches, then classes
  const [, n, dim] = tokens.dims(3);
  const shape = [config.classes, dim];
  const classes = reshape(slice(tokens, [0, n - config.classes, 0], [1, ...shape]), shape);
  const program = await Program.compile({ classes }, { provider: "cpu", threads, weights });
  const mean = new Float64Array(sizeOf(shape));
  for (const image of images) {
    const { classes } = await program.run({ images: value(image.data, image.shape) });
    const data = classes!.data as Float32Array;
    for (let i = 0; i < mean.length; i++) mean[i]! += data[i]! / images.length;
  }
  await program.release();
  return { shape, data: new Float32Array(mean) };
}
