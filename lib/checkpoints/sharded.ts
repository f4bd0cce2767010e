import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import type { NDArray } from "../array.ts";
import { readSafetensors } from "./safetensors.ts";
import { unreadable } from "./unreadable.ts";

const MAX_INDEX = 1 << 26; // bytes; beside a checkpoint there may be a data set's annotations

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** In which file beside it an index (`model.safetensors.index.json`) says that each tensor is. */
export type ShardIndex = ReadonlyMap<string, string>;

/** Reads an index; undefined where a file is none. */
export async function readIndex(path: string): Promise<ShardIndex | undefined> {
  if ((await stat(path)).size > MAX_INDEX) return undefined;
  try {
    const parsed = indexSchema.safeParse(JSON.parse(await readFile(path, "utf8")));
    return parsed.success ? new Map(Object.entries(parsed.data.weight_map)) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Reads the tensors of an index from its shards, which must be safetensors files beside it. */
export async function readSharded(path: string): Promise<{ tensors: Map<string, NDArray> }> {
  const index = await readIndex(path);
  if (!index) throw unreadable(path, "an index with a weight_map", "none");
  const tensors = new Map<string, NDArray>();
  for (const shard of new Set(index.values())) {
    if (shard !== basename(shard) || shard === "..") {
      throw unreadable(path, "shards in its own folder", JSON.stringify(shard));
    }
    const { tensors: found } = await readSafetensors(join(dirname(path), shard)).catch((error) => {
      if ((error as { code?: string }).code === "ENOENT") {
        throw unreadable(path, `${shard} beside it`, "none");
      }
      throw error;
    });
    for (const [name, tensor] of found) {
      if (index.get(name) !== shard) {
        throw unreadable(
          path,
          `"${name}" of ${shard} in its weight_map`,
          index.get(name) ?? "none",
        );
      }
      tensors.set(name, tensor);
    }
  }
  for (const [name, shard] of index) {
    if (!tensors.has(name)) throw unreadable(path, `"${name}" in ${shard}`, "none there");
  }
  return { tensors };
}
