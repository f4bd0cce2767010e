import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Placeholder } from "../../lib/checkpoints/placeholder.ts";
import { type PickledTensor, torchRules } from "../../lib/checkpoints/torch_pickle.ts";
import { unpickle } from "../../lib/checkpoints/unpickle.ts";
import { call, concat, global, little32, opcodes, pickle } from "./torch_file.ts";

function valueOf(bytes: Uint8Array): unknown {
  return unpickle(sourceOf(bytes), 0, torchRules("x.pth")).value;
}

function sourceOf(bytes: Uint8Array) {
  const read = (start: number, length: number) => bytes.slice(start, start + length);
  return { path: "x.pth", size: bytes.length, read };
}

// Python 3.11: pickle.dumps of the dict below, by protocol; protocol 2 has no sets of its own.
const dumps = {
  2: "gAJ9cQAoWAQAAABub25lcQFOWAQAAAB0cnVlcQKIWAUAAABmYWxzZXEDiVgEAAAAaW50c3EEXXEFKEsAS/9N//9K" +
    "/////0r///9/SgAAAICKBgAAAAAAAYoGAAAAAAD/igsAAAAAAAAAAAAAAYoLAAAAAAAAAAAAAP9lWAYAAABmbG9h" +
    "dHNxBkc/+AAAAAAAAEf/8AAAAAAAAIZxB1gEAAAAdGV4dHEIWAUAAADDqeS4rXEJWAUAAABieXRlc3EKY19jb2Rl" +
    "Y3MKZW5jb2RlCnELWAMAAAAAw79xDFgGAAAAbGF0aW4xcQ2GcQ5ScQ9YBgAAAG5lc3RlZHEQfXERKEsBXXESKCld" +
    "cRN9cRRlWAEAAAB0cRUoSwFLAksDSwR0cRZ1WAYAAABzaGFyZWRxF11xGChdcRlLAWFoGWVYBwAAAG9yZGVyZWRx" +
    "GmNjb2xsZWN0aW9ucwpPcmRlcmVkRGljdApxGylScRxYAQAAAGFxHUsBc3Uu",
  4: "gASVKQEAAAAAAAB9lCiMBG5vbmWUTowEdHJ1ZZSIjAVmYWxzZZSJjARpbnRzlF2UKEsAS/9N//9K/////0r///9/" +
    "SgAAAICKBgAAAAAAAYoGAAAAAAD/igsAAAAAAAAAAAAAAYoLAAAAAAAAAAAAAP9ljAZmbG9hdHOURz/4AAAAAAAA" +
    "R//wAAAAAAAAhpSMBHRleHSUjAXDqeS4rZSMBWJ5dGVzlEMCAP+UjAZuZXN0ZWSUfZQoSwFdlCgpXZR9lGWMAXSU" +
    "KEsBSwJLA0sEdJR1jAZzaGFyZWSUXZQoXZRLAWFoFWWMB29yZGVyZWSUjAtjb2xsZWN0aW9uc5SMC09yZGVyZWRE" +
    "aWN0lJOUKVKUjAFhlEsBc4wDc2V0lI+UKEsBkIwGZnJvemVulChLApGUdS4=",
};

const plain = new Map<string, unknown>([
  ["none", null],
  ["true", true],
  ["false", false],
  ["ints", [
    0,
    255,
    65535,
    -1,
    2 ** 31 - 1,
    -(2 ** 31),
    2 ** 40,
    -(2 ** 40),
    2n ** 80n,
    -(2n ** 80n),
  ]],
  ["floats", [1.5, -Infinity]],
  ["text", "é中"],
  ["bytes", Uint8Array.of(0, 255)],
  ["nested", new Map<unknown, unknown>([[1, [[], [], new Map()]], ["t", [1, 2, 3, 4]]])],
  ["shared", [[1], [1]]],
  ["ordered", new Map([["a", 1]])],
]);
const sets = new Map<string, unknown>([["set", new Set([1])], ["frozen", new Set([2])]]);

for (const protocol of [2, 4] as const) {
  Deno.test(`unpickle() gives plain values when Python wrote protocol ${protocol}`, () => {
    const value = valueOf(Uint8Array.fromBase64(dumps[protocol])) as Map<string, unknown>;
    assertEquals(value, new Map([...plain, ...(protocol === 4 ? sets : [])]));
    const [first, second] = value.get("shared") as unknown[];
    assertEquals(first === second, true);
  });
}

Deno.test("unpickle() gives NumPy's numbers as numbers when they stand beside weights", () => {
  // NumPy 2: pickle.dumps([float64(0.5), float32(0.25), int64(-3), bool_(True)], 2)
  const bytes = Uint8Array.fromBase64(
    "gAJdcQAoY251bXB5Ll9jb3JlLm11bHRpYXJyYXkKc2NhbGFyCnEBY251bXB5CmR0eXBlCnECWAIAAABmOHEDiYiH" +
      "cQRScQUoSwNYAQAAADxxBk5OTkr/////Sv////9LAHRxB2JjX2NvZGVjcwplbmNvZGUKcQhYCQAAAAAAAAAAAMOg" +
      "P3EJWAYAAABsYXRpbjFxCoZxC1JxDIZxDVJxDmgBaAJYAgAAAGY0cQ+JiIdxEFJxEShLA2gGTk5OSv////9K////" +
      "/0sAdHESYmgIWAUAAAAAAMKAPnETaAqGcRRScRWGcRZScRdoAWgCWAIAAABpOHEYiYiHcRlScRooSwNoBk5OTkr/" +
      "////Sv////9LAHRxG2JoCFgQAAAAw73Dv8O/w7/Dv8O/w7/Dv3EcaAqGcR1ScR6GcR9ScSBoAWgCWAIAAABiMXEh" +
      "iYiHcSJScSMoSwNYAQAAAHxxJE5OTkr/////Sv////9LAHRxJWJoCFgBAAAAAXEmaAqGcSdScSiGcSlScSplLg==",
  );
  assertEquals(valueOf(bytes), [0.5, 0.25, -3, 1]);
});

Deno.test("unpickle() tells where a pickle ends when another follows", () => {
  const two = concat(pickle("first"), pickle("second"));
  const { value, end } = unpickle(sourceOf(two), 0, torchRules("x.pth"));
  assertEquals(value, "first");
  assertEquals(unpickle(sourceOf(two), end, torchRules("x.pth")), {
    value: "second",
    end: two.length,
  });
});

Deno.test("unpickle() reads text across the pages that it reads a file by", () => {
  const text = "é".repeat(40_000);
  assertEquals(valueOf(pickle(["a".repeat(65_000), text, 7])), ["a".repeat(65_000), text, 7]);
});

const named = [
  { name: "os.system", bytes: call(global("os", "system"), "true") },
  {
    name: "builtins.eval",
    bytes: concat(0x80, 4, "X", little32(8), "builtins", "X", little32(4), "eval", 0x93),
  },
  { name: "posix.system", bytes: concat("(X", little32(4), "trueiposix\nsystem\n") },
  { name: "__builtin__.eval", bytes: global("__builtin__", "eval") },
  { name: "nt.system", bytes: global("nt", "system") },
  { name: "os.popen", bytes: global("os", "popen") },
  { name: "subprocess.Popen", bytes: global("subprocess", "Popen") },
  { name: "builtins.__import__", bytes: global("builtins", "__import__") },
  { name: "runpy._run_code", bytes: global("runpy", "_run_code") },
];

for (const { name, bytes } of named) {
  Deno.test(`unpickle() refuses by name when a pickle asks for ${name}`, () => {
    const error = assertThrows(() => valueOf(concat(bytes, ".")), TypeError);
    assertStringIncludes(error.message, `Cannot read x.pth: it needs a pickle of tensors`);
    assertStringIncludes(error.message, `got the Python object "${name}": it is refused`);
  });
}

const others = [
  "argparse.Namespace",
  "torch.storage._load_from_bytes",
  "builtins.getattr",
  "functools.partial",
  // Names of JavaScript's own objects are no entries of the table.
  "torch.constructor",
  ".__proto__",
];

for (const name of others) {
  Deno.test(`unpickle() gives a placeholder that does nothing when a pickle uses ${name}`, () => {
    const [, module, member] = /(.*)\.(.*)/.exec(name)!;
    const python = global(module!, member!);
    // object = f(1)(2); object.__setstate__({}); object[3] = 4; object.append(5); object.add(6)
    const object = concat(call(call(python, 1), 2), "}b", opcodes(3), opcodes(4), "s");
    const used = concat(object, opcodes(5), "a(", opcodes(6), 0x90);
    const value = valueOf(concat(used, "."));
    assert(value instanceof Placeholder);
    assertEquals(value.name, name);
    assertEquals(value.items, new Map([[3, 4]]));
  });
}

Deno.test("unpickle() gives a placeholder named after its class when a function rebuilds it", () => {
  const own = global("train", "State");
  const rebuilt = call(
    global("copyreg", "_reconstructor"),
    own,
    global("builtins", "object"),
    null,
  );
  const array = call(global("numpy.core.multiarray", "_reconstruct"), own, [0], "b");
  for (const bytes of [rebuilt, array, concat(own, ")}", 0x92)]) {
    const value = valueOf(concat(bytes, "."));
    assertEquals((value as Placeholder).name, "train.State");
  }
});

Deno.test("unpickle() keeps tensors when a function for tensors of a subclass rebuilds them", () => {
  const tensor = concat(opcodes(["storage", global("torch", "FloatStorage"), "0", "cpu", 6]), "Q");
  const args = [tensor, 2, [3], [1], false, null];
  const rebuild = global("torch._utils", "_rebuild_tensor_v2");
  const own = call(
    global("torch._tensor", "_rebuild_from_type_v2"),
    rebuild,
    global("train", "OwnTensor"),
    args,
    new Map(),
  );
  const value = valueOf(concat(own, ".")) as PickledTensor;
  assertEquals(value.view, { offset: 2, shape: [3], stride: [1] });
  // A function of the file's choice is not called, and not looked into.
  const other = call(global("torch._tensor", "_rebuild_from_type_v2"), global("a", "b"), 1, args);
  assert(valueOf(concat(other, ".")) instanceof Placeholder);
});

Deno.test("unpickle() gives placeholders for NumPy's text, dates and records, and for arrays", () => {
  const dtype = call(global("numpy", "dtype"), "U3", false, true);
  const scalar = call(global("numpy.core.multiarray", "scalar"), dtype, "abc");
  const bytes = call(global("_codecs", "encode"), "é".repeat(1000), "latin1");
  for (const odd of [scalar, bytes, call(global("numpy", "dtype"), "a".repeat(100))]) {
    assert(valueOf(concat(odd, ".")) instanceof Placeholder);
  }
});

const ordered = global("collections", "OrderedDict");
const faulty = [
  {
    what: "it ends early",
    bytes: concat(0x80, 2, "}"),
    message: "1 more bytes of a pickle at byte 3",
  },
  {
    what: "text is longer than the file",
    bytes: concat("X", little32(5000), "abc"),
    message: "5000 more bytes",
  },
  {
    what: "text is gigantic",
    bytes: concat("X", little32(2 ** 31)),
    message: "at most 67108864 bytes",
  },
  {
    what: "an integer is gigantic",
    bytes: concat(0x8b, little32(2 ** 20)),
    message: "at most 1024 bytes",
  },
  {
    what: "a name has no end",
    bytes: concat("c", "a".repeat(2000)),
    message: "at most 1000 bytes",
  },
  { what: "an opcode is unknown", bytes: concat(0x80, 2, 0xff), message: "got 0xff at byte 2" },
  { what: "it is a protocol of text", bytes: concat("I1\n."), message: "got 0x49 at byte 0" },
  { what: "an extension is named", bytes: concat(0x82, 1, "."), message: "got 0x82" },
  { what: "the stack is empty", bytes: concat("."), message: "a value for the opcode" },
  {
    what: "a value is taken from below a mark",
    bytes: concat("N(0."),
    message: "a value for the opcode",
  },
  { what: "no mark is set", bytes: concat("Nt."), message: "a mark for the opcode" },
  { what: "the memo is empty", bytes: concat("h", 7, "."), message: "memo 7 for the opcode" },
  { what: "something appends to a number", bytes: concat("K", 1, "Na."), message: "a list for" },
  { what: "a dict has a key without a value", bytes: concat("}(Nu."), message: "a dict and pairs" },
  {
    what: "a plain value is called",
    bytes: concat(call(opcodes("print"), 1), "."),
    message: "a plain value",
  },
  {
    what: "a storage's type is called",
    bytes: concat(call(global("torch", "FloatStorage"), 4), "."),
    message: "not torch.FloatStorage",
  },
  { what: "arguments are no tuple", bytes: concat(ordered, "NR."), message: "that can be called" },
  {
    what: "a number is given attributes",
    bytes: concat("K", 1, "}b."),
    message: "an object that has a state",
  },
  {
    what: "a dict is made of numbers",
    bytes: concat(call(ordered, [1, 2]), "."),
    message: "pairs in each OrderedDict",
  },
  {
    what: "a persistent id is no storage",
    bytes: concat(opcodes("x"), "Q."),
    message: "storages with a type",
  },
];

for (const { what, bytes, message } of faulty) {
  Deno.test(`unpickle() refuses when ${what}`, () => {
    const error = assertThrows(() => valueOf(bytes));
    assertStringIncludes(error.message, "Cannot read x.pth: it needs ");
    assertStringIncludes(error.message, message);
  });
}

Deno.test("unpickle() refuses when a pickle goes on and on", () => {
  const endless = {
    path: "x.pth",
    size: 2 ** 30,
    read: (_: number, n: number) => new Uint8Array(n).fill(0x4e),
  };
  const error = assertThrows(() => unpickle(endless, 0, torchRules("x.pth")), SyntaxError);
  assertStringIncludes(error.message, "at most 4194304 opcodes");
});
