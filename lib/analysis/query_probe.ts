import { availableParallelism } from "node:os";
import type { NDArray } from "../array.ts";
import { modelOf } from "../families/family.ts";
import { input, type Tensor } from "../graph/tensor.ts";
import { mean } from "../graph/ops/reduce.ts";
import { reshape, slice } from "../graph/ops/structure.ts";
import type { OpenedModel } from "../models/open.ts";
import { Scope } from "../nn/scope.ts";
import { Program } from "../runtime/program.ts";
import { value } from "../runtime/value.ts";
import type { LookOptions } from "./views.ts";

/** What queries say before each of the last blocks, and behind all; and where they look in the last one. */
export interface QueryStages {
  readonly stages: readonly { readonly classes: NDArray; readonly masks: NDArray }[];
  /** Shares of attention [queries, rows, columns], the mean over heads: free, and held to masks. */
  readonly free: NDArray;
  readonly held: NDArray;
}

/** A network that is asked what its queries do, of squares of a side. */
export interface QueryProbe {
  readonly side: number;
  look(images: NDArray): Promise<QueryStages>;
  release(): Promise<void>;
}

/** Compiles a network of queries twice: as it infers, and with its queries held to their masks. */
export async function askQueries(
  { architecture, weights }: Pick<OpenedModel, "architecture" | "weights">,
  { threads = availableParallelism() }: LookOptions,
): Promise<QueryProbe> {
  const { family, config } = architecture;
  const network = family.queries?.(config);
  if (!network) {
    throw new RangeError(
      `Cannot look at queries: a network that answers by them needed, such as EoMT, got a ${family.name}`,
    );
  }
  const { side, held, stages } = network;
  const { tap, before, stride } = family.anatomy!(config).attention.at(-1)!;
  const shape = [1, 3, side, side];
  const images = input("images", shape);
  const model = modelOf(architecture);
  const plain = Scope.build(false, (p) => model.queries!(model.build(p, images)));
  const masked = Scope.build(false, (p) => held.build(p, images));
  const [, queries] = plain.outputs.masks.dims(4);
  const taps = Object.fromEntries(
    stages.flatMap(({ classes, masks }) =>
      [classes, masks].map((name) => [name, alone(masked.taps.get(name)!)])
    ),
  );
  const patches = ({ taps }: typeof plain | typeof masked) =>
    ofPatches(taps.get(tap)!, queries, before.length, side / stride);
  const options = { provider: "cpu", threads, weights } as const;
  const free = await Program.compile({ free: patches(plain) }, options);
  const all = { ...taps, held: patches(masked) };
  const whole = await Program.compile(all, options);
  return {
    side,
    look: async ({ data }) => {
      const feeds = { images: value(data, shape) };
      const [first, second] = [await free.run(feeds), await whole.run(feeds)];
      const found = { ...first, ...second };
      const array = (name: string): NDArray => {
        return { shape: found[name]!.shape, data: found[name]!.data as Float32Array };
      };
      return {
        stages: stages.map(({ classes, masks }) => ({
          classes: array(classes),
          masks: array(masks),
        })),
        free: array("free"),
        held: array("held"),
      };
    },
    release: async () => {
      await free.release();
      await whole.release();
    },
  };
}

function alone(tensor: Tensor): Tensor {
  return reshape(tensor, tensor.shape.slice(1));
}

/** How the first tokens share their attention among the patches [queries, cells, cells], which stand behind `before`. */
function ofPatches(weights: Tensor, queries: number, before: number, cells: number): Tensor {
  const [, heads, n] = weights.dims(4);
  const shared = mean(slice(weights, [0, 0, 0, 0], [1, heads, queries, n]), [1]);
  const patches = slice(shared, [0, 0, 0, before], [1, 1, queries, cells * cells]);
  return reshape(patches, [queries, cells, cells]);
}
