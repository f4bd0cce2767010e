import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Archive } from "./archive.ts";
import { isHidden } from "../listing.ts";
import { FileBytes, isDangling } from "./file_bytes.ts";
import { isNpz } from "./npz.ts";
import { isPytorchLegacy } from "./pytorch_legacy.ts";
import { pickleName } from "./pytorch_zip.ts";
import { readIndex, type ShardIndex } from "./shard_index.ts";
import { unreadable } from "./unreadable.ts";

/** The formats of single files that published weights come in. */
export type FileContainer = "safetensors" | "pytorch zip" | "pytorch legacy" | "npz";

/** The formats that published weights come in, an index of several files among them. */
export type Container = FileContainer | "sharded safetensors" | "sharded pytorch";

/** What a file is by its bytes, whatever it is called; undefined where it is no checkpoint. */
export async function containerOf(path: string): Promise<Container | undefined> {
  const container = await fileContainerOf(path);
  if (container || !beginsAsJson(path)) return container;
  const index = readIndex(path);
  return index && await shardedContainer(path, index);
}

/** What a single file is by its bytes; undefined where it is no checkpoint, or an index of them. */
export async function fileContainerOf(path: string): Promise<FileContainer | undefined> {
  using file = new FileBytes(path);
  const head = file.read(0, Math.min(file.size, 16));
  if (isPytorchLegacy(head)) return "pytorch legacy";
  if (head[0] === 0x50 && head[1] === 0x4b) { // "PK"
    const archive = await Archive.open(file);
    if (pickleName(archive) !== undefined) return "pytorch zip";
    return isNpz(archive) ? "npz" : undefined;
  }
  // After the header's length: a number of 8 bytes, and so, unlike text, not without a zero.
  if (head[8] === OPENING_BRACE && head.subarray(0, 8).includes(0)) return "safetensors";
  return undefined;
}

const OPENING_BRACE = 0x7b;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

function beginsAsJson(path: string): boolean {
  using file = new FileBytes(path);
  const head = file.read(0, Math.min(file.size, 4));
  const marked = BYTE_ORDER_MARK.every((byte, i) => head[i] === byte);
  return head[marked ? 3 : 0] === OPENING_BRACE;
}

/** Transformers wrote shards of PyTorch's before safetensors; a missing one is for the reader. */
async function shardedContainer(path: string, index: ShardIndex): Promise<Container> {
  const shards = new Set(index.values()).values().map((shard) => join(dirname(path), shard));
  for (const shard of shards) {
    if (!existsSync(shard) || !statSync(shard).isFile()) continue;
    const isSafetensors = await fileContainerOf(shard) === "safetensors";
    return isSafetensors ? "sharded safetensors" : "sharded pytorch";
  }
  return "sharded safetensors";
}

/** What training scripts of transformers and accelerate write beside a model's weights. */
const COMPANION =
  /^(training_args|optimizer|scheduler|scaler|sampler|rng_state|random_states)(_\d+)*\.(bin|pth?|pkl)$/;

/** How files of weights are called. */
const WEIGHTS = /\.(bin|ckpt|json|npz|pkl|pth?|safetensors)$/i;

/** The same weights, in the order in which transformers looks for them. */
const SAME = [
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
];

/** The path of the checkpoint in a folder that holds exactly one beside other files. */
export async function checkpointIn(folder: string): Promise<string> {
  const found: string[] = [];
  const dangling: string[] = [];
  const shards = new Set<string>();
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    if (isDangling(path)) dangling.push(name);
    if (COMPANION.test(name) || !existsSync(path) || !statSync(path).isFile()) continue;
    // A damaged one is a checkpoint by its name; an archive of photos is not to be read at all.
    const container = await containerOf(path)
      .catch((error: Error) => WEIGHTS.test(name) ? error : undefined);
    if (container) found.push(name);
    if (container === "sharded safetensors" || container === "sharded pytorch") {
      readIndex(path)!.values().forEach((shard) => shards.add(shard));
    }
  }
  const checkpoints = found.filter((name) => !shards.has(name));
  const [first] = checkpoints.every((name) => SAME.includes(name))
    ? SAME.filter((name) => checkpoints.includes(name))
    : checkpoints.length === 1
    ? checkpoints
    : [];
  if (first !== undefined) return join(folder, first);
  const links = `none, but links to files that are not there: ${dangling.join(", ")}`;
  throw unreadable(
    folder,
    "exactly one checkpoint in the folder (or the file's own path)",
    checkpoints.length > 0 ? checkpoints.join(", ") : dangling.length > 0 ? links : "none",
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !isHidden(name)).sort();
  } catch (error) {
    throw unreadable(folder, "a folder that can be read", (error as Error).message);
  }
}

/** Whether a file may be a Python pickle: of protocol 2 or later, or the text of an earlier one. */
export function looksLikePickle(path: string): boolean {
  using file = new FileBytes(path);
  const head = file.read(0, Math.min(file.size, 64));
  return head[0] === 0x80 || /^c[\w.]+\n[\w.]+\n/.test(new TextDecoder().decode(head));
}

/** How a file begins, as text where it is text: a pointer of Git LFS, an error page. */
export function beginning(path: string): string {
  using file = new FileBytes(path);
  const head = file.read(0, Math.min(file.size, 40));
  if (head.length === 0) return "an empty file";
  const text = new TextDecoder().decode(head);
  if (/^[\x20-\x7e\s]+$/.test(text)) return `one that begins with ${JSON.stringify(text)}`;
  const bytes = Array.from(head.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0"));
  return `one that begins with the bytes ${bytes.join(" ")}`;
}
