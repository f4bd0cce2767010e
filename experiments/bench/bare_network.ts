import type { NDArray } from "../../lib/array.ts";
import { input, type Tensor } from "../../lib/graph/tensor.ts";
import type { Model } from "../../lib/nn/model.ts";
import { Scope } from "../../lib/nn/scope.ts";
import { logitsOf } from "../../lib/nn/scores.ts";
import type { Provider } from "../../lib/runtime/platform.ts";
import { Program } from "../../lib/runtime/program.ts";
import { value, zerosFor } from "../../lib/runtime/value.ts";

/** Normalised images [b, 3, h, w] to logits [b, classes, h, w], or of masks [b, queries, rows, columns]. */
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
  const { outputs } = Scope.build(false, (p): Readonly<Record<string, Tensor>> => {
    const answer = model.build(p, images);
    if (!model.queries) return { logits: logitsOf(model.scores(answer), h, w) };
    const { masks, classes } = model.queries(answer);
    return { logits: masks, classes };
  });
  const program = await Program.compile(outputs, { ...options, weights });
  const memory = Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => [name, zerosFor(tensor)]),
  );
  return async ({ data }) => {
    await program.runInto({ images: value(data, shape) }, memory);
    const { shape: sides, data: logits } = memory.logits!;
    return { shape: sides, data: logits as Float32Array };
  };
}
