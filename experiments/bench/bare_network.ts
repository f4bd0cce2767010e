import type { NDArray } from "../../lib/array.ts";
import { input } from "../../lib/graph/tensor.ts";
import type { Model } from "../../lib/nn/model.ts";
import { Scope } from "../../lib/nn/scope.ts";
import { logitsOf } from "../../lib/nn/scores.ts";
import type { Provider } from "../../lib/runtime/platform.ts";
import { Program } from "../../lib/runtime/program.ts";
import { value, zerosFor } from "../../lib/runtime/value.ts";

/** Normalised images [b, 3, h, w] to logits [b, classes, h, w]. */
export type Network = (images: NDArray) => Promise<NDArray>;

/**
 * A model with its weights as a function to logits. The runtime gets the weights baked in and one
 * session for each shape of input, which stays: making sessions is slow.
 * Logits of a shape always land in the same memory: the next call overwrites them.
 */
export function networkFor(
  model: Model,
  weights: ReadonlyMap<string, NDArray>,
  threads: number,
  provider: Provider = "cpu",
): Network {
  const programs = new Map<string, Promise<Network>>();
  return async (images) => {
    const key = images.shape.join();
    const network = programs.get(key) ??
      compile(model, weights, { threads, provider }, images.shape);
    programs.set(key, network);
    return await (await network)(images);
  };
}

async function compile(
  model: Model,
  weights: ReadonlyMap<string, NDArray>,
  options: { readonly threads: number; readonly provider: Provider },
  shape: readonly number[],
): Promise<Network> {
  const images = input("images", shape);
  const [, , h, w] = images.dims(4);
  const { outputs } = Scope.build(
    false,
    (p) => logitsOf(model.scores(model.build(p, images)), h, w),
  );
  const program = await Program.compile({ logits: outputs }, { ...options, weights });
  const logits = zerosFor(outputs);
  return async ({ data }) => {
    await program.runInto({ images: value(data, shape) }, { logits });
    return { shape: outputs.shape, data: logits.data as Float32Array };
  };
}
