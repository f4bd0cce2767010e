import { existsSync } from "node:fs";
import { detect } from "../annotations/detect.ts";
import { PLAIN_DRAWING } from "../annotations/found_set.ts";
import type { DiskDataset, Split } from "../data/dataset.ts";
import { listFiles } from "../listing.ts";
import { withRemedy } from "../remedy.ts";
import { excerpt, firstOf } from "../words.ts";
import { foundDataset } from "./found.ts";
import { hubFolder } from "./hub_folder.ts";

/** What the names of data sets of the Hugging Face hub begin with. */
export const HUB = "hub:";

/** A split of `hub:USER/NAME`, or of a folder of the data set, `hub:USER/NAME/SUBSET`. */
export async function hubDataset(
  name: string,
  split: Split,
  published: string,
): Promise<DiskDataset> {
  const id = name.slice(HUB.length);
  const parts = id.split("/");
  if (parts.length < 2 || !parts.every((part) => /^\w(?:[\w.-]*\w)?$/.test(part))) {
    throw new RangeError(`Cannot open data: ${HUB}USER/NAME needed, got "${excerpt(name)}"`);
  }
  const folder = hubFolder(published, id);
  if (!existsSync(folder)) {
    const error = new RangeError(`Cannot open ${name}: its files in ${folder} needed, got none`);
    throw withRemedy(error, { kind: "downloadData", id: parts.slice(0, 2).join("/") });
  }
  const opening = await detect(folder);
  if (opening) return await foundDataset(await opening(PLAIN_DRAWING), split);
  const files = firstOf(await listFiles(folder, { recursive: true })) || "no files";
  throw new RangeError(`Cannot open ${name}: Parquet files in ${folder} needed, got ${files}`);
}
