import type { NDArray } from "../../array.ts";
import { blockCount, shapeOf } from "../../checkpoints/tensor_shapes.ts";

/** The patch of a ViT on a ResNet, whose projection [dim, channels] has no sides. */
const HYBRID_STRIDE = 16;

/** What the shapes of a ViT's tensors say. */
export interface VitShape {
  readonly patch: number;
  readonly dim: number;
  readonly layers: number;
  readonly distilled: boolean;
  /** Patches that the position embeddings are for. */
  readonly patches: number;
}

/** Reads a ViT from its tensors (timm's names) below a path that ends with a dot, or "". */
export function vitOf(tensors: ReadonlyMap<string, NDArray>, path: string): VitShape {
  const [, tokens, dim] = shapeOf(tensors, `${path}pos_embed`, 3);
  const patch = tensors.get(`${path}patch_embed.proj.weight`)?.shape[2] ?? HYBRID_STRIDE;
  const distilled = tensors.has(`${path}dist_token`);
  return {
    patch,
    dim,
    layers: blockCount(tensors, `${path}blocks.`),
    distilled,
    patches: tokens - (distilled ? 2 : 1),
  };
}

/** The rows and columns of a square grid of as many patches. */
export function squareGrid(patches: number): readonly [number, number] {
  const side = Math.sqrt(patches);
  if (Number.isInteger(side)) return [side, side];
  throw new RangeError(
    `Cannot tell the grid of position embeddings: a square number of patches, or the image size in ` +
      `a variant.yml beside the checkpoint, needed, got ${patches} patches`,
  );
}

/** Heads of 64 channels, which all published ViTs have. */
export function assumedHeads(dim: number): number {
  const heads = dim / 64;
  if (Number.isInteger(heads)) return heads;
  throw new RangeError(
    `Cannot tell how many attention heads there are: a width in multiples of 64, or n_heads in a ` +
      `variant.yml beside the checkpoint, needed, got a width of ${dim}`,
  );
}
