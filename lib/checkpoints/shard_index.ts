import { Buffer } from "node:buffer";
import { basename } from "node:path";
import { boundedJson } from "./bounded_json.ts";
import { FileBytes } from "./file_bytes.ts";
import { MAX_TENSORS } from "./limits.ts";
import { unreadable } from "./unreadable.ts";

const MAX_INDEX = 1 << 26; // bytes; beside a checkpoint there may be a data set's annotations
const MAX_SHARD = 255; // characters, as file systems have it
const LIMITS = { depth: 20, names: 2 * MAX_TENSORS };

/** In which file beside it an index (`model.safetensors.index.json`) says that each tensor is. */
export type ShardIndex = ReadonlyMap<string, string>;

/** Reads an index; undefined where a file is none. */
export function readIndex(path: string): ShardIndex | undefined {
  using file = new FileBytes(path);
  if (file.size > MAX_INDEX) return undefined;
  const bytes = file.read(0, file.size);
  if (!Buffer.from(bytes.buffer).includes('"weight_map"')) return undefined;
  // Not through zod, which leaves a name `__proto__` out.
  const shards = (jsonOf(bytes, path) as { weight_map?: unknown } | null)?.weight_map;
  if (typeof shards !== "object" || shards === null || Array.isArray(shards)) {
    throw unreadable(path, "a weight_map of names to files", JSON.stringify(shards) ?? "none");
  }
  for (const [name, shard] of Object.entries(shards)) checkShard(name, shard, path);
  return new Map(Object.entries(shards));
}

function jsonOf(bytes: Uint8Array, path: string): unknown {
  try {
    return boundedJson(bytes, LIMITS);
  } catch (error) {
    throw unreadable(path, "an index of JSON", (error as Error).message, SyntaxError);
  }
}

/** A shard is a file of the index's own folder. */
function checkShard(name: string, shard: unknown, path: string): void {
  const isName = typeof shard === "string" && shard === basename(shard) &&
    shard.length <= MAX_SHARD && !["", ".", ".."].includes(shard) && !/[\\\0]/.test(shard);
  if (isName) return;
  const got = `${JSON.stringify(shard)} for ${JSON.stringify(name)}`;
  throw unreadable(path, "shards in its own folder", got);
}
