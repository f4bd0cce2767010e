import { z } from "zod";
import { availableThreads } from "../threads.ts";
import { shown } from "../words.ts";
import { type Provider, providers } from "../runtime/platform.ts";
import { chosenProtocol, type ProtocolChoice, type SeenModel } from "./chosen_protocol.ts";
import { ObjectPredictor } from "./object_predictor.ts";
import { NetworkPredictor, type PredictorSettings } from "./predictor.ts";

/** What a use of a model may choose; what is not given is the model's own. */
export interface UseOptions extends ProtocolChoice {
  /** Threads of the network; as many as the processor has if not given. */
  readonly threads?: number;
  /** What computes the network; the processor if not given. */
  readonly device?: Provider;
}

/** A network that knows how it sees images. */
export type UsableModel = SeenModel & Omit<PredictorSettings, "protocol" | "threads">;

const pixels = z.int().min(1).optional();
const optionsSchema = z.strictObject({
  window: pixels,
  stride: pixels,
  resize: z.int().min(1).nullable().optional(),
  multiScale: z.boolean().optional(),
  flip: z.boolean().optional(),
  threads: z.int().min(1).optional(),
  device: z.enum(providers).optional(),
});

/** Sessions are slow to make, so a model keeps those of its uses for as long as it lives. */
const known = new WeakMap<UsableModel, Map<string, NetworkPredictor>>();

/** The predictor of a model for a use: one and the same for the same options. */
export function predictorOf(
  model: UsableModel,
  options: UseOptions,
  doing: string,
): NetworkPredictor {
  const { threads = availableThreads(), device = "cpu", ...choice } = parsedOptions(
    options,
    doing,
  );
  requireModel(model, doing);
  const protocol = chosenProtocol(model, choice);
  const key = JSON.stringify({ threads, device, protocol });
  const uses = known.get(model) ?? new Map<string, NetworkPredictor>();
  known.set(model, uses);
  const predictor = uses.get(key) ??
    new NetworkPredictor({ ...model, protocol, threads, provider: device });
  uses.set(key, predictor);
  return predictor;
}

const finders = new WeakMap<UsableModel, Map<string, ObjectPredictor>>();

/** The predictor of a model's objects: one and the same for the same threads and things. */
export function objectPredictorOf(
  model: UsableModel,
  things: readonly boolean[],
  { threads = availableThreads() }: Pick<UseOptions, "threads">,
): ObjectPredictor {
  const key = JSON.stringify({ threads, things });
  const uses = finders.get(model) ?? new Map<string, ObjectPredictor>();
  finders.set(model, uses);
  const predictor = uses.get(key) ?? new ObjectPredictor({ ...model, threads, things });
  uses.set(key, predictor);
  return predictor;
}

function parsedOptions(options: UseOptions, doing: string): UseOptions {
  const parsed = optionsSchema.safeParse(options);
  if (parsed.success) return parsed.data as UseOptions;
  throw new RangeError(
    `${doing}: options as documented needed, got\n${z.prettifyError(parsed.error)}`,
  );
}

/** Refuses what no function gave that makes models. */
export function requireModel(model: UsableModel, doing: string): void {
  const { architecture, weights, protocol } = Object(model) as Partial<UsableModel>;
  if (architecture && weights instanceof Map && protocol) return;
  throw new TypeError(
    `${doing}: a model as openModel or trainModel gives it needed, got ${shown(model)}`,
  );
}
