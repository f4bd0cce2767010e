import type { SegformerConfig } from "../../../lib/families/segformer/segformer.ts";
import { type Golden, goldenFile } from "../../golden.ts";

/** The network of a golden file that transformers' SegFormer computed: one eps everywhere. */
export function segformerOf({ config }: Golden): SegformerConfig {
  return {
    dims: config.hidden,
    heads: config.heads,
    depths: config.depths,
    reductions: config.sr,
    eps: { block: config.ln_eps, embed: config.ln_eps },
    dropPath: 0,
    decoderDim: config.dec,
    dropout: 0,
    classes: config.ncls,
  };
}

/** A parameter's names: in transformers' memory, on the Hub, and in NVlabs' files. */
export interface NameRow {
  readonly inMemory: string;
  readonly hub: string;
  readonly official: string;
  /** Which half of the official parameter's rows it is: of attn.kv the keys' or the values'. */
  readonly half: "first" | "second" | null;
}

/** The reference's table of names, and whether the tested set has it. */
export const namesFile = goldenFile("segformer_names.json");

/** The rows of the reference's table of names. */
export async function nameRows(): Promise<readonly NameRow[]> {
  const { rows } = JSON.parse(await Deno.readTextFile(namesFile.path));
  return rows.map(([inMemory, hub, name]: readonly [string, string, string]): NameRow => ({
    inMemory,
    hub,
    official: name.replace(/\[.*\]/, ""),
    half: name.includes("[:C]") ? "first" : name.includes("[C:]") ? "second" : null,
  }));
}
