import { z } from "zod";
import { parseJson } from "../json.ts";
import { excerpt, listed } from "../words.ts";

/** What a checkpoint's readers look for beside the weights. */
const DESCRIPTIONS = ["config.json", "preprocessor_config.json", "variant.yml"];

/** The names that Hugging Face's libraries give weights, the one to prefer first. */
const USUAL = ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"];

const OTHER = /\.(safetensors|pth|pt|npz)$/;
const INDEX = /\.safetensors\.index\.json$/;

/** The weights among a folder's files, and what describes them. */
export interface NeededFiles {
  /** The file with the weights, or the index of its shards. */
  readonly weights: string;
  readonly descriptions: readonly string[];
}

/**
 * Chooses what a checkpoint needs from the names in a folder of `id`: model.safetensors, or its
 * index, or pytorch_model.bin, or the only .safetensors, .pth, .pt or .npz there is, or the file
 * that was asked for; and config.json, preprocessor_config.json and variant.yml.
 */
export function neededFiles(
  id: string,
  names: readonly string[],
  asked: string | undefined,
): NeededFiles {
  const descriptions = DESCRIPTIONS.filter((name) => names.includes(name) && name !== asked);
  const usual = USUAL.find((name) => names.includes(name));
  const choices = asked !== undefined
    ? names.filter((name) => name === asked)
    : usual !== undefined
    ? [usual]
    : names.filter((name) => OTHER.test(name));
  if (choices.length === 1) return { weights: choices[0]!, descriptions };
  const other = asked === undefined && choices.length > 1;
  throw new RangeError(
    `Cannot download ${asked === undefined ? id : `${asked} of ${id}`}: ` +
      (asked === undefined
        ? `${USUAL.join(", ")} or a single .safetensors, .pth, .pt or .npz needed`
        : "a file of that name needed") +
      `, got ${names.join(", ") || "no files"}` +
      (other ? `; name one of them: ${id}/${choices[0]}` : ""),
  );
}

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** Whether a name is that of an index of shards. */
export function isIndex(name: string): boolean {
  return INDEX.test(name);
}

/** Whether a name is that of a file which a reader of checkpoints would take for one. */
export function isWeights(name: string): boolean {
  return USUAL.includes(name) || OTHER.test(name) || isIndex(name);
}

/** The names of the shards in the text of an index; each must be one of the folder's files. */
export function shardsOf(id: string, index: string, names: readonly string[]): string[] {
  const needed = { needs: "to say which shard holds which weight" };
  const { weight_map } = parseJson(index, `the index of ${id}`, indexSchema, needed);
  const shards = [...new Set(Object.values(weight_map))];
  const missing = shards.filter((name) => !names.includes(name));
  if (missing.length === 0) return shards;
  throw new RangeError(
    `Cannot download ${id}: all shards of its index needed, got none named ` +
      listed(missing, (name) => excerpt(name)),
  );
}
