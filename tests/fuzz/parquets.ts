/** Damaged Parquet files of images and masks: in pages, in their headers, and in the description at the end. */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { unpackParquet } from "../../lib/annotations/parquet/unpack_parquet.ts";
import { mutate, pick } from "./mutate.ts";
import { type Target, Wrong } from "./target.ts";

const fixtures = new URL("../annotations/parquet/", import.meta.url);

/** The target for Parquet files. */
export async function parquets(): Promise<Target> {
  const names = ["indexed", "snappy", "listed", "stereo"];
  const others = await Promise.all(
    names.map(async (name) => new Uint8Array(await readFile(new URL(`${name}.parquet`, fixtures)))),
  );
  const tokens = ["PAR1", "bytes", "path", "image", "label"].map((t) =>
    new TextEncoder().encode(t)
  );
  return {
    name: "parquet",
    make: (random) =>
      new Map([["train.parquet", mutate(pick(others, random), random, { tokens, others })]]),
    read: async (path) => {
      const { facts } = await unpackParquet(dirname(path), ["train.parquet"]);
      if (facts.train.images < 0 || facts.val.images > 0) throw new Wrong(JSON.stringify(facts));
    },
    refusal: /^Cannot (read|use|unpack) .+ needed,? .*got .+/s,
    writes: "unpacked",
  };
}
