import type { NDArray } from "../array.ts";
import { toSeglab } from "../checkpoints/name_rules.ts";
import { readTensors } from "../checkpoints/read.ts";
import { SideFiles } from "../checkpoints/side_files.ts";
import { areDifferences } from "../families/encoders/differences.ts";
import { holdingOf, networkIn } from "./network_in.ts";
import { type OpenedModel, publishedModel } from "./open.ts";

/**
 * Opens a network whose file holds, in place of its encoder's weights, their differences to those of the checkpoint
 * that its training began from, as tue-mps publishes EoMT on DINOv3; `base` is that checkpoint. All behind the
 * encoder is whole. A base of another encoder is a RangeError.
 */
export async function openDifferences(path: string, base: string): Promise<OpenedModel> {
  const { tensors, meta, objects } = await readTensors(path);
  const encoder = await encoderOf(base);
  const added = (named: Map<string, NDArray>, path: string) => {
    if (!areDifferences(named, path)) {
      throw new TypeError(
        "differences to a base needed, got whole weights; open it without a base",
      );
    }
    return new Map([...named].map(([name, tensor]) => [
      name,
      name.startsWith(path)
        ? sumOf(name, tensor, encoder.get(name.slice(path.length)), base)
        : tensor,
    ]));
  };
  try {
    return await publishedModel(
      networkIn(tensors, objects),
      await SideFiles.of(path),
      meta,
      (named, family) => added(named, family.backbone.path),
    );
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new TypeError(`Cannot open ${path} on ${base}: ${error.message}`, { cause: error });
  }
}

/** The tensors of the one encoder in a checkpoint, by Seglab's names. */
async function encoderOf(base: string): Promise<ReadonlyMap<string, NDArray>> {
  const { tensors, objects } = await readTensors(base);
  const { tensors: inner } = networkIn(tensors, objects);
  const holding = holdingOf(inner.keys());
  if ("family" in holding) {
    throw new TypeError(
      `Cannot add differences to ${base}: an encoder alone needed, got ${holding.kind.title}`,
    );
  }
  return toSeglab(holding.kind.names, inner).tensors;
}

function sumOf(
  name: string,
  { shape, data }: NDArray,
  other: NDArray | undefined,
  base: string,
): NDArray {
  if (other?.data.length === data.length && `${other.shape}` === `${shape}`) {
    return { shape, data: data.map((value, i) => value + other.data[i]!) };
  }
  throw new RangeError(
    `the encoder that the differences are to needed, with ${name} [${shape}], got ` +
      `${other ? `[${other.shape}]` : "none"} in ${base}`,
  );
}
