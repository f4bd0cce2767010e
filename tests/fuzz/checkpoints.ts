/** Damaged checkpoints of every container, made from small files of `tests` and at random. */
import { join } from "node:path";
import { Archive } from "../../lib/checkpoints/archive.ts";
import { FileBytes } from "../../lib/checkpoints/file_bytes.ts";
import { readTensors } from "../../lib/checkpoints/read.ts";
import type { Random } from "../../lib/random.ts";
import { sizeOf } from "../../lib/array.ts";
import { known, recognise } from "../../lib/checkpoints/kind.ts";
import { unwrap } from "../../lib/checkpoints/unwrap.ts";
import { holdings } from "../../lib/families/registry.ts";
import { concat, little32, pickle, tensor, torchLegacy } from "../checkpoints/torch_file.ts";
import { type Material, mutate, pick } from "./mutate.ts";
import { plainZip, type ZipEntry } from "./plain_zip.ts";
import { mutatePickle } from "./pickle_opcodes.ts";
import { PICKLE_TOKENS, randomPickle } from "./random_pickle.ts";
import { type Files, type Target, Wrong } from "./target.ts";

const root = new URL("../", import.meta.url).pathname;

const ZIPS = [
  "golden/containers/odd_tensors.pth",
  "golden/containers/bad/evil_os_system_zip.pth",
  "golden/containers/bad/short_storage_zip.pth",
  "golden/containers/bad/view_out_of_storage_zip.pth",
  "checkpoints/objects/all_2.pth",
  "checkpoints/objects/all_5.pth",
  "checkpoints/objects/own_dict.pth",
];
const LEGACY = [
  "golden/containers/odd_tensors_legacy.pth",
  "golden/containers/bad/evil_os_system_legacy.pth",
  "golden/containers/bad/evil_plain_pickle.pth",
  "golden/containers/bad/evil_stack_global.pth",
  "checkpoints/objects/all_legacy.pth",
];

/** Archives that `torch.save` wrote, with damage inside of their entries or outside. */
export async function pytorchZip(): Promise<Target> {
  const zips = await Promise.all(ZIPS.map((path) => entriesOf(join(root, path))));
  return target("pytorch zip", (random) => damagedZip(pick(zips, random), random, PICKLES));
}

/** Files that `torch.save` wrote before PyTorch 1.6, and plain pickles. */
export async function pytorchLegacy(): Promise<Target> {
  const files = await Promise.all(LEGACY.map((path) => Deno.readFile(join(root, path))));
  return target("pytorch legacy", (random) => {
    const roll = random.uniform();
    const bytes = roll < 0.3 ? randomLegacy(random) : pick(files, random);
    if (roll < 0.1) return bytes;
    if (roll > 0.6) return mutatePickle(bytes, random);
    return mutate(bytes, random, { tokens: PICKLE_TOKENS, others: files });
  });
}

/** Files of a tensor of each type, damaged in their headers or anywhere. */
export function safetensors(): Target {
  return target("safetensors", damagedSafetensors);
}

/** Archives of NumPy's arrays. */
export function npz(): Target {
  return target("npz", (random) => damagedZip(ARRAYS, random, NPY));
}

function target(name: string, bytes: (random: Random) => Uint8Array): Target {
  return { name, make: (random) => new Map([["x.ckpt", bytes(random)]]), read, refusal: REFUSAL };
}

const REFUSAL = /^Cannot (read (safetensors file )?\/.+: it needs .+, got .+|t.+ needed, got .+)/s;

const KINDS = holdings.map(({ kind }) => kind);

/** Opens a checkpoint, and tells what it is where it is sound. */
async function read(path: string): Promise<void> {
  const { tensors, objects, meta } = await readTensors(path);
  for (const [name, { shape, data }] of tensors) {
    const isSound = data instanceof Float32Array && data.length === sizeOf(shape) &&
      shape.every((side) => Number.isSafeInteger(side) && side >= 0) && name.length <= 1000;
    if (!isSound) throw new Wrong(`${name} [${shape}] has ${data?.length} values`);
  }
  JSON.stringify(meta);
  const isPublished = (name: string) => KINDS.some((kind) => known(kind)(name));
  const { tensors: inner } = unwrap(tensors, { known: isPublished, ...objects && { objects } });
  try {
    recognise(KINDS, [...inner.keys()]);
  } catch (error) {
    // These files hold no network; it is enough that they say so.
    if (!/^Cannot t.+ needed, got/s.test((error as Error).message)) throw error;
  }
}

/** The entries of an archive, each in memory. */
async function entriesOf(path: string): Promise<ZipEntry[]> {
  using file = new FileBytes(path);
  const archive = await Archive.open(file);
  const entries: ZipEntry[] = [];
  for (const name of archive.names) {
    entries.push({ name, bytes: await archive.read(name, file.size) });
  }
  return entries;
}

const PICKLES: Inside = { isMain: (name) => name.endsWith("data.pkl"), tokens: PICKLE_TOKENS };
const NPY: Inside = {
  isMain: (name) => name.endsWith(".npy"),
  tokens: ["'descr'", "'<f4'", "'|O'", "True", "'shape': (", "(2,)", "99999999999", "\x93NUMPY"]
    .map((text) => concat(text)),
};

/** What an archive's main entries are made of. */
interface Inside {
  readonly isMain: (name: string) => boolean;
  readonly tokens: readonly Uint8Array[];
}

const ZIP_TOKENS = ["PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "PK\x06\x06", "PK\x06\x07"]
  .map((text) => concat(text));

/** An archive with damage inside of its entries and right checksums, or damage to itself. */
function damagedZip(
  entries: readonly ZipEntry[],
  random: Random,
  { isMain, tokens }: Inside,
): Uint8Array {
  if (random.uniform() < 0.25) {
    const whole = plainZip(entries);
    return mutate(whole, random, { tokens: ZIP_TOKENS, others: [whole] });
  }
  const others = entries.map(({ bytes }) => bytes);
  const rate = random.uniform() < 0.8 ? 0.02 : 0.3;
  const damaged = entries.map((entry) => {
    const isTarget = isMain(entry.name) ? random.uniform() < 0.8 : random.uniform() < rate;
    return isTarget ? damagedEntry(entry, random, { tokens, others }) : entry;
  });
  if (random.uniform() < 0.1) damaged.splice(random.integer(0, damaged.length), 1);
  if (random.uniform() < 0.1) damaged.push(pick(damaged.length > 0 ? damaged : entries, random));
  return plainZip(damaged);
}

function damagedEntry(entry: ZipEntry, random: Random, material: Material): ZipEntry {
  const { name, bytes } = entry;
  const roll = random.uniform();
  const deflated = random.uniform() < 0.3;
  if (roll < 0.05) return { name, bytes, deflated, size: 2 ** random.integer(0, 32) };
  if (roll < 0.08) return { name: mutatedText(name, random, material), bytes, deflated };
  if (roll < 0.1) return { name, bytes, localName: mutatedText(name, random, material) };
  if (roll < 0.12) {
    return { name, bytes: new Uint8Array(2 ** random.integer(10, 25)), deflated: true };
  }
  if (roll < 0.3 && name.endsWith("data.pkl")) return { name, bytes: randomPickle(random) };
  if (roll < 0.7 && name.endsWith("data.pkl")) {
    return { name, bytes: mutatePickle(bytes, random), deflated };
  }
  if (roll < 0.7 && name.endsWith(".npy")) return { name, bytes: randomNpy(random), deflated };
  return { name, bytes: mutate(bytes, random, material), deflated };
}

function mutatedText(text: string, random: Random, material: Material): string {
  return new TextDecoder().decode(mutate(concat(text), random, material));
}

/** A legacy file whose contents are made at random. */
function randomLegacy(random: Random): Uint8Array {
  return torchLegacy(randomPickle(random).subarray(2, -1), { "0": new Uint8Array(24) });
}

const DTYPES = ["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL", "U64"];

function damagedSafetensors(random: Random): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: "pt", seglab: "{}" } };
  let end = 0;
  for (const dtype of DTYPES) {
    const bytes = 4 * Number(/\d+/.exec(dtype)?.[0] ?? 8) / 8;
    header[`layer.${dtype}.weight`] = { dtype, shape: [2, 2], data_offsets: [end, end += bytes] };
  }
  const data = new Uint8Array(end).fill(7);
  const roll = random.uniform();
  if (roll < 0.4) {
    const times = random.integer(1, 4);
    for (let i = 0; i < times; i++) header[pick(Object.keys(header), random)] = entry(random);
    return withHeader(concat(JSON.stringify(header)), data);
  }
  const json = concat(JSON.stringify(header));
  const material = { tokens: JSON_TOKENS, others: [json] };
  if (roll < 0.6) return mutate(withHeader(json, data), random, material);
  return withHeader(mutate(json, random, material), data);
}

/** An entry of a header that is nearly right, or right but for the other entries. */
function entry(random: Random): unknown {
  const number = () => pick([0, 1, 2, 4, 8, 16, 44, -1, 0.5, 2 ** 53, 1e300, "2", null], random);
  const list = () => Array.from({ length: random.integer(0, 4) }, number);
  const start = random.integer(0, 180);
  return pick<unknown>([
    { dtype: pick(DTYPES, random), shape: list(), data_offsets: [start, start + 16] },
    { dtype: "F32", shape: [2, 2], data_offsets: list() },
    { dtype: "F32", shape: Array(random.integer(60, 70)).fill(1), data_offsets: [0, 4] },
    { dtype: pick(["F4", "f32", "", 3, null], random), shape: [1], data_offsets: [0, 4] },
    { dtype: "F32", shape: [0, number()], data_offsets: [start, start] },
    list(),
    { text: number() },
  ], random);
}

const JSON_TOKENS = [
  ...`{ } [ ] , : " \\ null -1 1e400 0.5 "F4" "__proto__" "\\u0000" "shape" "weight_map"`.split(
    " ",
  ),
  `"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},`,
  "[".repeat(2000),
  "9".repeat(30),
].map((text) => concat(text));

function withHeader(header: Uint8Array, data: Uint8Array): Uint8Array {
  const length = new Uint8Array(BigUint64Array.of(BigInt(header.length)).buffer);
  return concat(length, header, data);
}

/** An index with shards of safetensors and of PyTorch's, one of these files damaged. */
export function shards(): Target {
  const vector = tensor({ length: 2, shape: [2], stride: [1] });
  const entry = `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`;
  const contents = pickle(new Map([["b", vector]]));
  const pytorch = plainZip([
    { name: "x/data.pkl", bytes: contents },
    { name: "x/data/0", bytes: new Uint8Array(8) },
  ]);
  const weights = { a: "1.safetensors", b: "2.bin" };
  const files: [string, Uint8Array][] = [
    ["x.index.json", concat(JSON.stringify({ metadata: { n: 1 }, weight_map: weights }))],
    ["1.safetensors", withHeader(concat(entry), new Uint8Array(8))],
    ["2.bin", pytorch],
  ];
  const material = { tokens: JSON_TOKENS, others: files.map(([, bytes]) => bytes) };
  const make = (random: Random): Files => {
    const damaged = random.integer(0, 5);
    return new Map(files.map(([name, bytes], i) => {
      const isDamaged = i === Math.max(0, damaged - 2);
      return [name, isDamaged ? mutate(bytes, random, material) : bytes];
    }));
  };
  return { name: "shards", make, read, refusal: REFUSAL };
}

/** Arrays as NumPy writes them. */
const ARRAYS: readonly ZipEntry[] = [
  ["embedding/kernel", "<f4", "False", "(2, 3)", 24],
  ["cls", "<f8", "True", "(1, 1, 2)", 16],
  ["half", "<f2", "False", "(4,)", 8],
  ["whole", "<i8", "True", "(2, 2)", 32],
  ["flag", "|b1", "False", "()", 1],
].map(([name, descr, order, shape, size]) => {
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
  const length = Uint8Array.of(text.length, 0);
  const bytes = concat(0x93, "NUMPY", 1, 0, length, text, new Uint8Array(size as number).fill(1));
  return { name: `${name}.npy`, bytes };
});

/** An array whose header says what NumPy's would, or nearly. */
function randomNpy(random: Random): Uint8Array {
  const side = () => pick(["0", "1", "2", "3", "65536", "-1", "2L", "9".repeat(20), "1.5"], random);
  const sides = Array.from({ length: random.integer(0, random.uniform() < 0.05 ? 70 : 4) }, side);
  const descr = pick(["<f4", "<f8", ">f4", "|b1", "|V2", "|O", "<i8", "constructor"], random);
  const order = pick(["False", "True", "None"], random);
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${sides}), }\n`;
  const version = random.integer(1, 4);
  const length = little32(random.uniform() < 0.1 ? random.integer(0, 2 ** 32) : text.length);
  const data = new Uint8Array(pick([0, 1, 2, 4, 8, 16, 24, 2 ** 20], random));
  return concat(0x93, "NUMPY", version, 0, length.slice(0, version === 1 ? 2 : 4), text, data);
}
