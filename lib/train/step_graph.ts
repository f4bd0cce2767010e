import { cut } from "../graph/cut.ts";
import { gradients } from "../graph/gradients.ts";
import { sum } from "../graph/ops/broadcast.ts";
import { concat } from "../graph/ops/concat.ts";
import { add, div, min, mul, sqrt } from "../graph/ops/math.ts";
import { sumSquares } from "../graph/ops/reduce.ts";
import { reshape } from "../graph/ops/structure.ts";
import { input, inputsOf, scalar, type Tensor } from "../graph/tensor.ts";
import { type LossOptions, PLAIN_LOSS } from "../nn/losses/options.ts";
import type { Matching, Model } from "../nn/model.ts";
import { isAdapter } from "../nn/lora.ts";
import { type Declared, Scope } from "../nn/scope.ts";
import { ALL_LEARNS, isBelow, type Tuning } from "../nn/tuning.ts";
import {
  encoderInputs,
  type EncoderRate,
  type Group,
  hyperInputs,
  type Optimizer,
  stateNames,
  update,
} from "./optimizer.ts";

/** How a step's graphs call what becomes of a value, sums of gradients, and gradients. */
export const [NEXT, SUM, GRADIENT] = ["next/", "sum/", "gradient/"] as const;

/** What decides the graph of a training step. */
export interface StepGraphConfig {
  /** Images in a micro-batch. */
  readonly batch: number;
  /** Side of the square crops. */
  readonly crop: number;
  /** Channels of the images; 3 if not given. */
  readonly channels?: number;
  /** Micro-batches whose gradients are averaged before the optimizer steps. */
  readonly accumulate: number;
  readonly optimizer: Optimizer;
  /** The parameter group of a parameter, by its name. */
  readonly group: (name: string) => Group;
  /** What follows a learning rate of its own; nothing if not given. */
  readonly encoderRate?: EncoderRate;
  /** Gradients are scaled down to this norm where theirs is larger; null never does. */
  readonly clip: number | null;
  /** What is minimised; cross entropy over the labelled pixels if not given. */
  readonly loss?: LossOptions;
  /** What learns; all if not given. The others have no gradient and no optimizer's memory. */
  readonly tuning?: Tuning;
}

type Tensors = Record<string, Tensor>;

/**
 * A training step as a graph, `apply`: `loss`, `squares` [trained parameters] (the squared norm of each
 * gradient), `next/NAME` (weights and buffers) and `next/STATE/NAME` (what the optimizer remembers). Where a
 * step has several micro-batches it is two: `collect` gives of each `loss`, `gradient/NAME` and `next/NAME`
 * of the buffers, and `update` gives the rest from `sum/NAME`, which are added outside, in their order.
 */
export interface StepGraph {
  readonly net: Declared;
  /**
   * Where the loss has targets that only a look at the network's answer gives: how they are decided, and the graph
   * that is run before `apply` or `collect` and gives them what the decision needs and `saved/0` …
   */
  readonly matching: Matching | null;
  readonly first: Readonly<Tensors>;
  /** Names of the parameters that learn: the loss depends on them, and they are not frozen. */
  readonly trained: readonly string[];
  readonly graphs:
    | { readonly apply: Readonly<Tensors> }
    | { readonly collect: Readonly<Tensors>; readonly update: Readonly<Tensors> };
}

/** Builds the graphs of a training step of a model. */
export function stepGraph(model: Model, config: StepGraphConfig): StepGraph {
  const { batch, crop, channels = 3, accumulate, tuning = ALL_LEARNS } = config;
  const images = input("images", [batch, channels, crop, crop]);
  const labels = input("labels", [batch, crop, crop], "uint8");
  const net = Scope.build(true, (p) => model.build(p, images), tuning);
  const { loss, matching } = model.objective(net.outputs, labels, config.loss ?? PLAIN_LOSS);

  const used = inputsOf([loss]);
  const parameters = [...net.parameters].map(([name, { tensor }]) => ({ name, tensor }))
    .filter(({ name, tensor }) =>
      used.has(tensor) && (isAdapter(name) || !isBelow(name, tuning.frozen))
    );
  const fresh = gradients(loss, parameters.map(({ tensor }) => tensor));
  const updates = Object.fromEntries(
    [...net.updates].map(([name, next]) => [NEXT + name, next]),
  );
  const common = { net, matching, trained: parameters.map(({ name }) => name) };
  const behind = (all: Tensors) => matching ? cut(all, matching.needs) : { first: {}, second: all };
  if (accumulate === 1) {
    const { squares, ...steps } = stepsOf(parameters, fresh, config);
    const { first, second } = behind({ loss, squares: squares!, ...updates, ...steps });
    return { ...common, first, graphs: { apply: second } };
  }
  const found = parameters.map(({ name }, i) => [GRADIENT + name, fresh[i]!]);
  const sums = parameters.map(({ name, tensor }) => input(SUM + name, tensor.shape));
  const { first, second } = behind({ loss, ...updates, ...Object.fromEntries(found) });
  return {
    ...common,
    first,
    graphs: { collect: second, update: stepsOf(parameters, sums, config) },
  };
}

/** What weights and memory become by the sums of their gradients, and `squares`. */
function stepsOf(
  parameters: readonly { readonly name: string; readonly tensor: Tensor }[],
  sums: readonly Tensor[],
  config: StepGraphConfig,
): Tensors {
  const { accumulate, clip } = config;
  const average = accumulate > 1 ? sums.map((sum) => mul(sum, scalar(1 / accumulate))) : sums;
  const squares = concat(average.map((g) => reshape(sumSquares(g), [1])), 0);
  const factor = clip === null ? null : clipFactor(squares, clip);
  const steps = parameters.map(({ name, tensor }, i) =>
    stepOf(name, tensor, factor ? mul(average[i]!, factor) : average[i]!, config)
  );
  return Object.assign({ squares }, ...steps);
}

function stepOf(name: string, weight: Tensor, gradient: Tensor, config: StepGraphConfig): Tensors {
  const { optimizer, group, encoderRate } = config;
  const remembered = Object.fromEntries(
    stateNames(optimizer).map((state) => [state, input(`${state}/${name}`, weight.shape)]),
  );
  const hyper = encoderRate?.follows(name) ? encoderInputs : hyperInputs;
  const next = update(optimizer, weight, gradient, remembered, group(name), hyper);
  const states = Object.entries(next.state).map(([state, y]) => [`${NEXT}${state}/${name}`, y]);
  return { [NEXT + name]: next.weight, ...Object.fromEntries(states) };
}

/** min(1, clip / norm) as torch's clip_grad_norm_, with its 1e-6 against division by zero. */
function clipFactor(squares: Tensor, clip: number): Tensor {
  const norm = sqrt(reshape(sum(squares, [0]), []));
  return min(scalar(1), div(scalar(clip), add(norm, scalar(1e-6))));
}
