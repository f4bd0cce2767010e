import protobuf from "protobufjs";
import { bytesOf } from "../array.ts";
import type { DType, OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from "./model.ts";

/** The part of onnx.proto (https://github.com/onnx/onnx, IR version 10) that Seglab writes. */
const schema = `
  syntax = "proto2";
  message AttributeProto {
    optional string name = 1;
    optional float f = 2;
    optional int64 i = 3;
    optional bytes s = 4;
    repeated int64 ints = 8;
    optional int32 type = 20;
  }
  message NodeProto {
    repeated string input = 1;
    repeated string output = 2;
    optional string name = 3;
    optional string opType = 4;
    repeated AttributeProto attribute = 5;
  }
  message StringStringEntryProto { optional string key = 1; optional string value = 2; }
  message TensorProto {
    repeated int64 dims = 1;
    optional int32 dataType = 2;
    optional string name = 8;
    optional bytes rawData = 9;
    repeated StringStringEntryProto externalData = 13;
    optional int32 dataLocation = 14;
  }
  message Dimension { optional int64 dimValue = 1; optional string dimParam = 2; }
  message TensorShapeProto { repeated Dimension dim = 1; }
  message TensorTypeProto { optional int32 elemType = 1; optional TensorShapeProto shape = 2; }
  message SequenceTypeProto { optional TypeProto elemType = 1; }
  message TypeProto {
    optional TensorTypeProto tensorType = 1;
    optional SequenceTypeProto sequenceType = 4;
  }
  message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
  message GraphProto {
    repeated NodeProto node = 1;
    optional string name = 2;
    repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11;
    repeated ValueInfoProto output = 12;
  }
  message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
  message ModelProto {
    optional int64 irVersion = 1;
    optional string producerName = 2;
    optional GraphProto graph = 7;
    repeated OperatorSetIdProto opsetImport = 8;
    repeated StringStringEntryProto metadataProps = 14;
  }`;

const { root } = protobuf.parse(schema);
const ModelProto = root.lookupType("ModelProto");

/** The messages of onnx.proto that what reads a file asks for. */
export const messages = {
  entry: root.lookupType("StringStringEntryProto"),
  graph: root.lookupType("GraphProto"),
  value: root.lookupType("ValueInfoProto"),
};

/** TensorProto.DataType. */
export const dataTypes: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int64: 7,
  bool: 9,
  float16: 10,
};

/** The bytes of an `.onnx` file. Models above protobuf's 2 GiB are a RangeError. */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  const inside = model.initializers.filter(({ external }) => !external);
  const weightBytes = inside.reduce((sum, tensor) => sum + tensor.data.byteLength, 0);
  if (weightBytes >= 2 ** 31) {
    throw new RangeError(
      `Cannot encode an ONNX model: protobuf holds less than 2 GiB, got ${weightBytes} bytes of weights`,
    );
  }
  return ModelProto.encode({
    irVersion: 10,
    producerName: "seglab",
    opsetImport: [{ domain: "", version: model.opset }],
    metadataProps: entries(model.metadata ?? {}),
    graph: {
      name: "seglab",
      node: model.nodes.map(nodeProto),
      initializer: model.initializers.map(tensorProto),
      input: model.inputs.map(valueProto),
      output: model.outputs.map(valueProto),
    },
  }).finish();
}

function nodeProto(node: OnnxNode) {
  return {
    input: node.inputs,
    output: node.outputs,
    name: node.outputs[0],
    opType: node.type,
    attribute: Object.entries(node.attributes).map(([name, value]) => attributeProto(name, value)),
  };
}

/** AttributeProto with its AttributeType: FLOAT 1, INT 2, STRING 3, INTS 7. */
function attributeProto(name: string, attribute: OnnxAttribute) {
  if ("float" in attribute) return { name, type: 1, f: attribute.float };
  if ("int" in attribute) return { name, type: 2, i: attribute.int };
  if ("string" in attribute) {
    return { name, type: 3, s: new TextEncoder().encode(attribute.string) };
  }
  return { name, type: 7, ints: attribute.ints };
}

function tensorProto({ name, dtype, shape, data, external }: OnnxTensor) {
  const head = { name, dims: shape, dataType: dataTypes[dtype] };
  if (!external) return { ...head, rawData: bytesOf(data) };
  const length = `${data.byteLength}`;
  const externalData = entries({ location: external.file, offset: `${external.offset}`, length });
  return { ...head, externalData, dataLocation: 1 };
}

function entries(strings: Readonly<Record<string, string>>) {
  return Object.entries(strings).map(([key, value]) => ({ key, value }));
}

/** An input or output as ValueInfoProto. */
export function valueProto({ name, dtype, shape, sequence }: OnnxValue) {
  const dim = shape.map((side) =>
    typeof side === "string" ? { dimParam: side } : { dimValue: side }
  );
  const type = { tensorType: { elemType: dataTypes[dtype], shape: { dim } } };
  return { name, type: sequence ? { sequenceType: { elemType: type } } : type };
}
