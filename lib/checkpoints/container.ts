import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Archive } from "./archive.ts";
import { FileBytes } from "./file_bytes.ts";
import { isNpz } from "./npz.ts";
import { isPytorchLegacy } from "./pytorch_legacy.ts";
import { pickleName } from "./pytorch_zip.ts";
import { readIndex } from "./sharded.ts";
import { unreadable } from "./unreadable.ts";

/** The file formats that published weights come in. */
export type Container =
  | "safetensors"
  | "sharded safetensors"
  | "pytorch zip"
  | "pytorch legacy"
  | "npz";

const OPENING_BRACE = 0x7b;

/** What a file is by its bytes, whatever it is called; undefined where it is no checkpoint. */
export async function containerOf(path: string): Promise<Container | undefined> {
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
  if (head[0] === OPENING_BRACE && await readIndex(path)) return "sharded safetensors";
  return undefined;
}

/** The path of the checkpoint in a folder that holds exactly one beside other files. */
export async function checkpointIn(folder: string): Promise<string> {
  const found: string[] = [];
  let shards: string[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const container = (await stat(path)).isFile() ? await containerOf(path) : undefined;
    if (container) found.push(name);
    if (container === "sharded safetensors") shards = [...(await readIndex(path))!.values()];
  }
  const checkpoints = found.filter((name) => !shards.includes(name)).sort();
  if (checkpoints.length === 1) return join(folder, checkpoints[0]!);
  throw unreadable(
    folder,
    "exactly one checkpoint in the folder (or the file's own path)",
    checkpoints.length === 0 ? "none" : checkpoints.join(", "),
  );
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
