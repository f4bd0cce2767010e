import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { readTensors } from "../../lib/checkpoints/read.ts";
import {
  call,
  concat,
  floats,
  global,
  opcodes,
  tensor,
  torchLegacy,
  torchZip,
  type Value,
  withFile,
} from "./torch_file.ts";

/** A file that `python tests/reference/checkpoint_objects.py` wrote with torch 2.13.0. */
function objectsPath(name: string): string {
  return new URL(`./objects/${name}.pth`, import.meta.url).pathname;
}

/** The weights that the script saves. */
const weights: ReadonlyMap<string, NDArray> = new Map(
  Object.entries({
    plain: { shape: [2, 3], data: [0, 1, 2, 3, 4, 5] },
    half: { shape: [2], data: [0.5, -2] },
    marked: { shape: [2], data: [6, 7] },
    parameter: { shape: [2], data: [9, 10] },
    parameter_with_state: { shape: [1], data: [8] },
    subclass: { shape: [1], data: [11] },
    buffer: { shape: [1], data: [12] },
  }).map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]),
);

for (const file of ["all_2", "all_5", "all_legacy"]) {
  Deno.test(`readTensors() gives the weights alone when 70 kinds of objects are beside them: ${file}`, async () => {
    const { tensors, objects } = await readTensors(objectsPath(file));
    assertEquals(
      tensors,
      new Map([...weights].map(([name, weight]) => [`state_dict.${name}`, weight])),
    );
    const named = (name: string) => objects?.get(name);
    assertEquals(named("history"), "mmengine.logging.history_buffer.HistoryBuffer");
    assertEquals(named("namespace"), "argparse.Namespace");
    assertEquals(named("dtype"), "torch.float16");
    assertEquals(
      named("sparse"),
      file === "all_legacy" ? undefined : "torch._utils._rebuild_sparse_tensor",
    );
  });
}

Deno.test("readTensors() gives the weights when they are in a dict of the script's own class", async () => {
  const { tensors, objects } = await readTensors(objectsPath("own_dict"));
  assertEquals(tensors, new Map([...weights].map(([name, weight]) => [`model.${name}`, weight])));
  assertEquals(objects, undefined);
});

const six = { "0": floats(0, 1, 2, 3, 4, 5) };
const vector = tensor({ length: 6, shape: [6], stride: [1] });
const object = call(global("train", "Settings"), 1);

Deno.test("readTensors() says where a Python object is when tensors are beside it", async () => {
  const contents = new Map<Value, Value>([
    ["model", new Map<Value, Value>([["a", vector], ["b", object], ["c", [object]]])],
    ["optimizer", new Map([["d", object]])],
  ]);
  const { tensors, objects } = await withFile(await torchZip(contents, six), readTensors);
  assertEquals([...tensors.keys()], ["model.a"]);
  assertEquals(objects, new Map([["model.b", "train.Settings"]]));
});

Deno.test("readTensors() passes over a module of its own in the legacy format", async () => {
  // Beside a pickled module that format keeps its class and source text.
  const id = opcodes(["module", global("train", "Loss"), "loss.py", "class Loss: ..."]);
  const loss = concat(id, "Q)", 0x81, "}b");
  const contents = new Map<Value, Value>([["model", new Map([["a", vector]])], ["loss", loss]]);
  const { tensors } = await withFile(torchLegacy(contents, six), readTensors);
  assertEquals([...tensors.keys()], ["model.a"]);
});

const withoutTensors: readonly { what: string; contents: Value; message: string }[] = [
  {
    what: "it is a whole network, pickled",
    contents: concat(global("segm.model", "Segmenter"), ")", 0x81, "}b"),
    message: `got the Python object "segm.model.Segmenter": it is refused and nothing of it ran`,
  },
  {
    what: "an object stands in place of the weights",
    contents: new Map<Value, Value>([["epoch", 1], ["model", object]]),
    message: `got the Python object "train.Settings"`,
  },
  {
    what: "its only tensor has a type that no network has",
    contents: new Map([[
      "w",
      tensor({ length: 6, shape: [6], stride: [1], type: "QInt8Storage" }),
    ]]),
    message: `got the Python object "torch.QInt8Storage"`,
  },
];

for (const { what, contents, message } of withoutTensors) {
  Deno.test(`readTensors() names the Python object when ${what}`, async () => {
    const file = await torchZip(contents, six);
    const error = await assertRejects(() => withFile(file, readTensors), TypeError);
    assertStringIncludes(error.message, "it needs tensors in a dict or in nested dicts");
    assertStringIncludes(error.message, message);
  });
}

Deno.test("readTensors() gives null in meta when a Python object is there", async () => {
  const meta = new Map<Value, Value>([["CLASSES", ["a", "b"]], ["cfg", object]]);
  const contents = new Map<Value, Value>([["w", vector], ["meta", meta]]);
  const read = await withFile(await torchZip(contents, six), readTensors);
  assertEquals(read.meta, { CLASSES: ["a", "b"], cfg: null });
});
