/** How onnxruntime-node gets the outputs of a run into memory that is there already. */
import * as ort from "onnxruntime-node";
import { exportOnnx } from "../graph/export.ts";
import { add } from "../graph/ops/math.ts";
import { input, scalar } from "../graph/tensor.ts";
import type { OnnxModel } from "../onnx/model.ts";

type Tensors = Readonly<Record<string, ort.Tensor>>;

/** A way for outputs into given memory: what it asks of the model, and a run. */
export interface Landing {
  readonly prepared: (model: OnnxModel) => OnnxModel;
  /** Runs a session of a prepared model; `fetches` holds a tensor for each of its outputs. */
  readonly run: (session: ort.InferenceSession, feeds: Tensors, fetches: Tensors) => Promise<void>;
}

const STOP = "seglab/stop";
const STOPPED = "Non tensor type is temporarily not supported.";

/**
 * The runtime writes outputs where they shall be, and nothing is copied. After a run onnxruntime-node
 * copies every output to new memory, those too that it has already written where it was asked to: 20 ms
 * of a 170 ms training step. It converts them in order and stops with an error at what it cannot
 * convert, so the first output is an empty sequence.
 */
export const inPlace: Landing = {
  prepared(model) {
    const node = { type: "SequenceEmpty", inputs: [], outputs: [STOP], attributes: {} };
    const output = { name: STOP, dtype: "float32", shape: [], sequence: true } as const;
    return { ...model, nodes: [...model.nodes, node], outputs: [output, ...model.outputs] };
  },
  async run(session, feeds, fetches) {
    try {
      await session.run(feeds, { [STOP]: null, ...fetches });
    } catch (error) {
      if ((error as Error).message !== STOPPED) throw error;
    }
  },
};

/** Outputs are copied from the memory that the runtime returns: slower, and right with any version. */
export const copying: Landing = {
  prepared: (model) => model,
  async run(session, feeds, fetches) {
    const results = await session.run(feeds, session.outputNames);
    for (const name of session.outputNames) copy(name, results[name]!, fetches[name]!);
  },
};

function copy(name: string, from: ort.Tensor, to: ort.Tensor): void {
  if (from.type !== to.type || from.dims.join() !== to.dims.join()) {
    throw new RangeError(
      `Cannot take "${name}": memory for ${from.type}[${from.dims.join(", ")}] needed, got ` +
        `${to.type}[${to.dims.join(", ")}]`,
    );
  }
  (to.data as Float32Array).set(from.data as Float32Array);
}

/**
 * In place, if a small session of this runtime does all that it relies on; copying otherwise. `open`
 * makes sessions as they will be made for other models.
 */
export async function landingOn(
  open: (model: OnnxModel) => Promise<ort.InferenceSession>,
): Promise<Landing> {
  const x = input("x", [2]);
  const model = exportOnnx({ same: x, next: add(x, scalar(1)) });
  const session = await open(inPlace.prepared(model)).catch(() => null);
  if (!session) return copying;
  const lands = await landsInPlace(session);
  await session.release();
  return lands ? inPlace : copying;
}

async function landsInPlace(session: ort.InferenceSession): Promise<boolean> {
  const tensor = (...data: number[]) => new ort.Tensor("float32", Float32Array.from(data), [2]);
  const [x, same, next] = [tensor(1, 2), tensor(NaN, NaN), tensor(NaN, NaN)];
  const message = await session.run({ x }, { [STOP]: null, same, next })
    .then(() => null, (error: Error) => error.message);
  return message === STOPPED && `${same.data}` === "1,2" && `${next.data}` === "2,3";
}
