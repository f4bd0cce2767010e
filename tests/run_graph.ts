import type { NDArray } from "../lib/array.ts";
import type { Tensor } from "../lib/graph/tensor.ts";
import type { TypedArray } from "../lib/onnx/model.ts";
import type { Provider } from "../lib/runtime/platform.ts";
import { Program } from "../lib/runtime/program.ts";
import { value } from "../lib/runtime/value.ts";

/** What a test feeds to a graph: numbers of any element type with a shape. */
export interface Fed {
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** What graphs of tests run on: the processor, or SEGLAB_PROVIDER (device/golden_test.ts). */
export const tested = {
  provider: (Deno.env.get("SEGLAB_PROVIDER") ?? "cpu") as Provider,
  threads: 1,
} as const;

/** Runs a graph once on one thread and gives its float32 outputs by name. */
export async function runGraph<Name extends string>(
  outputs: Readonly<Record<Name, Tensor>>,
  feeds: Readonly<Record<string, Fed>>,
): Promise<Record<Name, NDArray>> {
  const program = await Program.compile(outputs, tested);
  const results = await program.run(
    Object.fromEntries(
      Object.entries(feeds).map(([name, { data, shape }]) => [name, value(data, shape)]),
    ),
  );
  await program.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { shape, data }]) => [name, { shape, data }]),
  ) as Record<Name, NDArray>;
}
