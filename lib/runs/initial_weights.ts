import type { NDArray } from "../array.ts";
import { formatReport, type LoadReport } from "../checkpoints/assign.ts";
import { readTensors } from "../checkpoints/read.ts";
import type { Dataset } from "../data/dataset.ts";
import { originOf } from "../models/origin.ts";
import { pretrainedFor } from "../models/pretrained.ts";
import { initialize } from "../nn/init.ts";
import type { Listener } from "../progress.ts";
import { architectureOf, type TrainConfig } from "../train/config.ts";
import type { StepGraph } from "../train/step_graph.ts";

/** What a training begins from. */
export interface Beginning extends Pick<Listener, "onMessage"> {
  /** A checkpoint: the backbone's ImageNet weights, or a whole network. */
  readonly pretrained: string | null;
  readonly train: Pick<Dataset, "classes">;
}

/** First values of the parameters: random, or an ImageNet encoder's where they fit. */
export async function initialWeights(
  { pretrained, train: { classes }, onMessage }: Beginning,
  config: TrainConfig,
): Promise<(graph: StepGraph) => Map<string, NDArray>> {
  if (pretrained === null) return ({ net }) => initialize(net.parameters, config.seed);
  const { tensors, meta, objects } = await readTensors(pretrained);
  const { kind, values, report } = pretrainedFor(
    architectureOf(config, classes.length),
    tensors,
    objects,
    await originOf(pretrained, tensors, objects),
    config.patchResize,
  );
  const isOwn = typeof (meta as { seglab?: unknown } | undefined)?.seglab === "string";
  onMessage?.(loaded(`${pretrained}, ${isOwn ? "a network of Seglab" : kind}`, report));
  return ({ net }) => new Map([...initialize(net.parameters, config.seed), ...values]);
}

/** How much of a checkpoint is used, and the parameters that begin at random instead. */
function loaded(what: string, { loaded, missing, unused, misshapen }: LoadReport): string {
  const random = formatReport({ loaded: [], missing, unused: [], misshapen }).split("\n").slice(1);
  const all = loaded.length + missing.length + misshapen.length;
  const counts = `${what}: gives ${loaded.length} of ${all} parameters, ${unused.length} of its ` +
    `tensors are not used`;
  return [
    counts,
    ...random.length === 0
      ? []
      : ["beginning at random, as what is new in a network does:", ...random],
  ].join("\n");
}
