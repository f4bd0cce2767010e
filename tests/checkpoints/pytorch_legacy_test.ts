import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readTensors } from "../../lib/checkpoints/read.ts";
import {
  call,
  concat,
  type Files,
  floats,
  global,
  opcodes,
  pickle,
  tensor,
  torchLegacy,
  type Value,
  withFile,
} from "./torch_file.ts";

const six = { "0": floats(0, 1, 2, 3, 4, 5) };
const vector = tensor({ length: 6, shape: [6], stride: [1] });

/** Reads a file in the legacy format, written by hand. */
async function read(contents: Value, storages: Files = six, machine: Value = true) {
  return await withFile(torchLegacy(contents, storages, machine), readTensors);
}

/** Python 2's str. */
function python2(text: string): Uint8Array {
  return concat("U", text.length, text);
}

/** A tensor as PyTorch 0.1 pickled it. */
function oldTensor(offset: number): Uint8Array {
  const id = [
    python2("storage"),
    global("torch", "FloatStorage"),
    python2("0"),
    python2("cpu"),
    6,
    null,
  ];
  const storage = concat(opcodes(id), "Q");
  return call(global("torch._utils", "_rebuild_tensor"), storage, offset, [3], [1]);
}

Deno.test("readTensors() reads parameters when Python 2 and PyTorch 0.1 wrote them", async () => {
  // As torchvision's first networks: an OrderedDict of pairs, and Parameters with their flags.
  const parameter = (offset: number, opcode: string | number) => {
    const flags = opcodes([true, false, call(global("collections", "OrderedDict"))]);
    const args = opcodes([oldTensor(offset)]);
    return concat(global("torch.nn.parameter", "Parameter"), args, opcode, flags, "b");
  };
  const pair = (name: string, value: Uint8Array) => concat("]", python2(name), "a", value, "a");
  const pairs = concat(
    "](",
    pair("conv1.weight", parameter(0, "R")),
    pair("fc.bias", parameter(3, 0x81)),
    "e",
  );
  const { tensors } = await read(call(global("collections", "OrderedDict"), pairs));
  assertEquals(
    tensors,
    new Map([
      ["conv1.weight", { shape: [3], data: Float32Array.of(0, 1, 2) }],
      ["fc.bias", { shape: [3], data: Float32Array.of(3, 4, 5) }],
    ]),
  );
});

Deno.test("readTensors() takes a parameter's data when only its state has it", async () => {
  const state = opcodes([oldTensor(1), null, null, true, false]);
  const parameter = concat(global("torch.nn.parameter", "Parameter"), ")", 0x81, state, "b");
  const { tensors } = await read(new Map([["w", parameter]]));
  assertEquals(tensors.get("w"), { shape: [3], data: Float32Array.of(1, 2, 3) });
});

Deno.test("readTensors() counts from its start when a tensor has a part of a storage", async () => {
  const id = ["storage", global("torch", "FloatStorage"), "0", "cpu", 6, ["view", 2, 4]];
  const part = concat(opcodes(id), "Q");
  const view = call(global("torch._utils", "_rebuild_tensor_v2"), part, 1, [2], [1], false, null);
  const { tensors } = await read(new Map([["w", view]]));
  assertEquals(tensors.get("w"), { shape: [2], data: Float32Array.of(3, 4) });
});

const good = torchLegacy(new Map([["w", vector]]), six);
const magic = concat(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19);

const refused = [
  {
    what: "its storage ends early",
    bytes: good.slice(0, -1),
    message: `24 bytes of storage "0" from byte`,
  },
  {
    what: "its storages are missing",
    bytes: good.slice(0, -32),
    message: "needs 8 bytes from byte",
  },
  {
    what: "its pickle ends early",
    bytes: good.slice(0, 100),
    message: "more bytes of a pickle at byte",
  },
  {
    what: "a storage has fewer elements than declared",
    bytes: torchLegacy(new Map([["w", vector]]), { "0": floats(1, 2) }),
    message: `6 elements in storage "0", got 2`,
  },
  {
    what: "a storage is in no list",
    bytes: torchLegacy(new Map([["w", vector]]), {}),
    message: `needs storage "0", got none of that key`,
  },
  {
    what: "a storage belongs to no tensor",
    bytes: torchLegacy(new Map([["w", vector]]), { "1": floats(1) }),
    message: "a tensor for each storage",
  },
  {
    what: "the machine was big-endian",
    bytes: torchLegacy(new Map([["w", vector]]), six, false),
    message: "a little-endian machine",
  },
  {
    what: "its version is another",
    bytes: concat(pickle(magic), pickle(1000)),
    message: "version 1001 of the legacy format",
  },
  {
    what: "it is a pickle of something else",
    bytes: pickle(new Map([["w", 1]])),
    message: "PyTorch's magic number as the first pickle",
  },
];

for (const { what, bytes, message } of refused) {
  Deno.test(`readTensors() refuses a legacy file when ${what}`, async () => {
    const error = await assertRejects(() => withFile(bytes, readTensors));
    assertStringIncludes(error.message, "Cannot read /");
    assertStringIncludes(error.message, message);
  });
}
