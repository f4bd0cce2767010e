import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { NDArray } from "../array.ts";
import { isDangling } from "./file_bytes.ts";
import { readIndex } from "./shard_index.ts";
import { unreadable } from "./unreadable.ts";

type Tensors = Map<string, NDArray>;

/** Reads the tensors of an index from its shards, which are beside it, each by `readShard`. */
export async function readSharded(
  path: string,
  readShard: (path: string) => Promise<Tensors>,
): Promise<{ tensors: Tensors }> {
  const index = readIndex(path);
  if (!index) throw unreadable(path, "an index with a weight_map", "none");
  const tensors: Tensors = new Map();
  for (const shard of new Set(index.values())) {
    const place = join(dirname(path), shard);
    if (!existsSync(place)) {
      const got = isDangling(place) ? "a link to a file that is not there" : "none";
      throw unreadable(path, `${shard} beside it`, got);
    }
    for (const [name, tensor] of await readShard(place)) {
      const said = index.get(name);
      if (said !== shard) {
        throw unreadable(path, `"${name}" of ${shard} in its weight_map`, said ?? "none");
      }
      tensors.set(name, tensor);
    }
  }
  for (const [name, shard] of index) {
    if (!tensors.has(name)) throw unreadable(path, `"${name}" in ${shard}`, "none there");
  }
  return { tensors };
}
