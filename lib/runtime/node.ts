import * as ort from "onnxruntime-node";
import { bytesOf } from "../array.ts";
import { encodeOnnx } from "../onnx/bytes.ts";
import type { DType, OnnxModel, TypedArray } from "../onnx/model.ts";
import { copying, type Landing, landingOn } from "./landing.ts";
import {
  type Platform,
  type Provider,
  providers,
  type Session,
  type SessionOptions,
} from "./platform.ts";
import type { Value, Values } from "./value.ts";

/** ONNX Runtime for Node and Deno. */
export class NodePlatform implements Platform {
  private readonly landings = new Map<Provider, Promise<Landing>>();

  /** Outputs take the given way into memory, or the best one that a look at the runtime allows. */
  constructor(private readonly landing: Landing | null = null) {}

  async open(model: OnnxModel, options: SessionOptions): Promise<Session> {
    const { provider } = options;
    if (!providers.includes(provider)) {
      throw new RangeError(
        `Cannot compile: one of the providers ${providers.join(", ")} needed, got "${provider}"`,
      );
    }
    const landing = this.landing ?? await this.landingFor(provider);
    return new NodeSession(await sessionOf(landing.prepared(model), options), landing);
  }

  /** Looks at the runtime once for each provider. */
  private landingFor(provider: Provider): Promise<Landing> {
    const known = this.landings.get(provider);
    const landing = known ?? landingOn((model) => sessionOf(model, { provider, threads: 1 }));
    this.landings.set(provider, landing);
    return landing;
  }
}

/** The platform that programs run on here. */
export const node: Platform = new NodePlatform();

class NodeSession implements Session {
  constructor(
    private readonly session: ort.InferenceSession,
    private readonly landing: Landing,
  ) {}

  async run(feeds: Values, names: readonly string[]): Promise<Values> {
    const results = await this.session.run(tensorsOf(feeds), names);
    return Object.fromEntries(
      Object.entries(results).map(([name, tensor]) => [name, valueOf(tensor)]),
    );
  }

  async runInto(feeds: Values, fetches: Values): Promise<void> {
    await this.landing.run(this.session, tensorsOf(feeds), tensorsOf(fetches));
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/** Opens a model that is bytes already, with those of its weights that lie in files beside it. */
export async function openEncoded(
  bytes: Uint8Array,
  beside: readonly WeightFile[],
  options: SessionOptions,
): Promise<Session> {
  return new NodeSession(await created(bytes, beside, options), copying);
}

interface WeightFile {
  readonly path: string;
  readonly data: Uint8Array;
}

/** ONNX Runtime's own session of a model; outputs of the names in `stays` stay on the device. */
export async function sessionOf(
  model: OnnxModel,
  options: SessionOptions,
  stays: readonly string[] = [],
): Promise<ort.InferenceSession> {
  const compact = withWeightsBeside(model);
  const beside = compact.initializers.filter(({ external }) => external)
    .map(({ name, data }) => ({ path: name, data: bytesOf(data) }));
  const isHalved = model.initializers.some(({ dtype }) => dtype === "float16");
  return await created(encodeOnnx(compact), beside, options, stays, isHalved ? HALVES_STAY : {});
}

/** Weights in half precision are not widened once and for all when a session is made. */
const HALVES_STAY = {
  optimization: {
    constant_folding_max_output_size_in_bytes: "1024",
    disable_specified_optimizers: "FuseFp16InitializerToFp32NodeTransformer",
  },
};

async function created(
  bytes: Uint8Array,
  beside: readonly WeightFile[],
  { provider, threads, profile, sleeping = false }: SessionOptions,
  stays: readonly string[] = [],
  extra: Readonly<Record<string, unknown>> = {},
): Promise<ort.InferenceSession> {
  const session = ort.InferenceSession.create(bytes, {
    externalData: beside,
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    // A pattern plans all memory of the second run beside what the first one took: nearly twice.
    enableMemPattern: false,
    logSeverityLevel: 3,
    ...stays.length > 0 && {
      preferredOutputLocation: Object.fromEntries(stays.map((name) => [name, "gpu-buffer"])),
    },
    ...(profile ? { enableProfiling: true, profileFilePrefix: profile } : {}),
    extra: {
      ...extra,
      ...(sleeping ? { session: { intra_op: { allow_spinning: "0" } } } : {}),
    },
  });
  return await (provider === "cpu" ? session : session.catch((error) => {
    throw unavailable(provider, error);
  }));
}

function unavailable(provider: Provider, cause: Error): Error {
  const bundled = ort.listSupportedBackends().filter(({ bundled }) => bundled);
  return new Error(
    `Cannot compile for ${provider}: a device and its libraries needed, got from ONNX Runtime ` +
      `${ort.env.versions.node}, which brings ${bundled.map(({ name }) => name).join(" and ")} ` +
      `here: ${cause.message.trim()}`,
    { cause },
  );
}

/** The model with its weights outside of its bytes, which would hold them a second time. */
function withWeightsBeside(model: OnnxModel): OnnxModel {
  const initializers = model.initializers.map((tensor) =>
    tensor.data.byteLength >= 1024
      ? { ...tensor, external: { file: tensor.name, offset: 0 } }
      : tensor
  );
  return { ...model, initializers };
}

/** A value's tensor, made once: a training step has some hundred values, most of them the last step's. */
const tensors = new WeakMap<Value, ort.Tensor>();

/** The runtime's tensor of a value, on the same memory. */
export function tensorOf(value: Value): ort.Tensor {
  const { dtype, shape, data } = value;
  // deno-lint-ignore no-explicit-any
  const tensor = tensors.get(value) ?? new ort.Tensor(dtype, data as any, shape);
  tensors.set(value, tensor);
  return tensor;
}

function tensorsOf(values: Values): Record<string, ort.Tensor> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, tensorOf(value)]),
  );
}

/** What the runtime gave, on its memory. */
export function valueOf({ type, dims, data }: ort.Tensor): Value {
  return { dtype: type as DType, shape: dims, data: data as TypedArray };
}
