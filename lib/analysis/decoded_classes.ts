import { type NDArray, sizeOf } from "../array.ts";
import type { Architecture } from "../families/family.ts";
import { reshape, slice } from "../graph/ops/structure.ts";
import { input, type Shape } from "../graph/tensor.ts";
import { Scope } from "../nn/scope.ts";
import type { Provider } from "../runtime/platform.ts";
import { Program } from "../runtime/program.ts";
import { value } from "../runtime/value.ts";

/** Images one after the other. */
type Stream<T> = Iterable<T> | AsyncIterable<T>;

/**
 * The class tokens as they leave the decoder (Segmenter's Mask Transformer after its last norm),
 * [classes, dim]: what the learned embeddings became when they had seen an image, as the mean over
 * normalised images [1, 3, h, w] of one size.
 */
export async function decodedClasses(
  architecture: Architecture,
  weights: ReadonlyMap<string, NDArray>,
  images: Stream<NDArray>,
  threads: number,
  provider: Provider = "cpu",
): Promise<NDArray> {
  const { family, config } = architecture;
  const names = family.classEmbeddings?.(config);
  const refusal = (count: string) =>
    new RangeError(
      "Cannot take decoded class tokens: a network with class embeddings and at least one image " +
        `needed, got a ${family.name} ${names ? "with" : "without"} them and ${count}`,
    );
  if (!names) throw refusal("images");
  let program: Program | undefined;
  let count = 0;
  let sum = new Float64Array();
  let shape: Shape = [];
  for await (const image of images) {
    if (!program) {
      const classes = lastTokens(architecture, names.decoded, image.shape);
      shape = classes.shape;
      sum = new Float64Array(sizeOf(shape));
      program = await Program.compile({ classes }, { provider, threads, weights });
    }
    const { classes } = await program.run({ images: value(image.data, image.shape) });
    const data = classes!.data as Float32Array;
    for (let i = 0; i < sum.length; i++) sum[i]! += data[i]!;
    count++;
  }
  if (!program) throw refusal("0 images");
  await program.release();
  return { shape, data: Float32Array.from(sum, (total) => total / count) };
}

/** The last tokens of a tap [1, n, dim], one a class. */
function lastTokens({ family, config }: Architecture, tap: string, image: Shape) {
  const { taps } = Scope.build(false, (p) => family.model(config).build(p, input("images", image)));
  const tokens = taps.get(tap)!; // patches, then classes
  const [, n, dim] = tokens.dims(3);
  const shape = [config.classes, dim];
  return reshape(slice(tokens, [0, n - config.classes, 0], [1, ...shape]), shape);
}
