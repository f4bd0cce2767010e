import protobuf from "protobufjs";
import { dataTypes, messages, valueProto } from "./bytes.ts";
import type { DType, OnnxValue } from "./model.ts";

/** What the bytes of an `.onnx` file say of themselves. */
export interface OnnxFacts {
  /** What wrote it, as it calls itself. */
  readonly producer: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** What it takes; a type that Seglab does not have is `null`. */
  readonly inputs: readonly Told[];
  readonly outputs: readonly Told[];
}

/** A value of a file by somebody else. */
type Told = Omit<OnnxValue, "dtype" | "sequence"> & { readonly dtype: DType | null };

/** Fields of ModelProto and of GraphProto. */
const MODEL = { producer: 2, graph: 7, metadata: 14 };
const GRAPH = { node: 1, input: 11, output: 12 };

/** Reads a file's facts; bytes that are no ONNX model are a TypeError. Weights and operations are not looked at. */
export function onnxFacts(bytes: Uint8Array): OnnxFacts {
  try {
    const model = [...fieldsOf(bytes)];
    const graph = model.filter(({ number }) => number === MODEL.graph)
      .flatMap(({ content }) => [...fieldsOf(content)]);
    if (!graph.some(({ number }) => number === GRAPH.node)) throw new RangeError("no operations");
    const entries = model.filter(({ number }) => number === MODEL.metadata)
      .map(({ content }) => messages.entry.decode(content) as unknown as Entry);
    const values = (wanted: number) =>
      graph.filter(({ number }) => number === wanted).map(({ content }) => told(content));
    const producer = model.find(({ number }) => number === MODEL.producer)?.content;
    return {
      producer: new TextDecoder().decode(producer),
      metadata: Object.fromEntries(entries.map(({ key, value }) => [key, value])),
      inputs: values(GRAPH.input),
      outputs: values(GRAPH.output),
    };
  } catch (error) {
    throw new TypeError(`an ONNX model needed, got other bytes: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

interface Entry {
  readonly key: string;
  readonly value: string;
}

interface ToldProto {
  readonly name: string;
  readonly type?: {
    readonly tensorType?: {
      readonly elemType: number;
      readonly shape?: {
        readonly dim: readonly { readonly dimValue: unknown; readonly dimParam: string }[];
      };
    };
  };
}

function told(content: Uint8Array): Told {
  const { name, type } = messages.value.decode(content) as unknown as ToldProto;
  const { elemType, shape } = type?.tensorType ?? {};
  const dtype = Object.entries(dataTypes).find(([, number]) => number === elemType)?.[0];
  return {
    name,
    dtype: (dtype as DType | undefined) ?? null,
    shape: (shape?.dim ?? []).map(({ dimValue, dimParam }) => dimParam || Number(dimValue)),
  };
}

/**
 * The bytes of a model that gives other values of its graph than it did: what only the old ones needed, a
 * runtime leaves out. All else stays as it is, byte for byte, whoever wrote it.
 */
export function withOutputs(bytes: Uint8Array, outputs: readonly OnnxValue[]): Uint8Array {
  const graphs = [...fieldsOf(bytes)].filter(({ number }) => number === MODEL.graph);
  const kept = graphs.flatMap(({ content }) => [...fieldsOf(content)])
    .filter(({ number }) => number !== GRAPH.output).map(({ whole }) => whole);
  const graph = joined([
    ...kept,
    messages.graph.encode({ output: outputs.map(valueProto) }).finish(),
  ]);
  const others = [...fieldsOf(bytes)].filter(({ number }) => number !== MODEL.graph);
  const head = protobuf.Writer.create().uint32(MODEL.graph << 3 | BYTES).uint32(graph.length)
    .finish();
  return joined([...others.map(({ whole }) => whole), head, graph]);
}

/** The wire type of texts, bytes and messages. */
const BYTES = 2;

/** The fields of a message: their numbers, their bytes, and these without number and length. */
function* fieldsOf(bytes: Uint8Array) {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    if ((tag & 7) === BYTES) {
      const content = reader.bytes();
      yield { number: tag >>> 3, whole: bytes.subarray(start, reader.pos), content };
    } else {
      const from = reader.pos;
      reader.skipType(tag & 7);
      const [whole, content] = [start, from].map((at) => bytes.subarray(at, reader.pos));
      yield { number: tag >>> 3, whole: whole!, content: content! };
    }
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
