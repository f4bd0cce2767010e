import { decodeMask, withPalette } from "../images/decode.ts";
import { IGNORE } from "../images/image.ts";
import { openMask } from "../images/picture_file.ts";
import type { DiskSource } from "./dataset.ts";
import { colourKey } from "./label_table.ts";
import type { Pair } from "./pairs.ts";

/** The classes that the mask of a pair holds; none where it cannot be read, which is said elsewhere. */
export async function presentIn(
  { labels }: Pair,
  tableFor: DiskSource["tableFor"],
): Promise<ReadonlySet<number>> {
  try {
    const mask = await openMask(labels);
    const raw = withPalette(await decodeMask(mask), mask);
    const table = tableFor(raw, labels);
    const keys = new Set<number>();
    for (let i = 0; i < raw.data.length; i += raw.channels) {
      keys.add(
        raw.channels === 1
          ? raw.data[i]!
          : colourKey(raw.data[i]!, raw.data[i + 1]!, raw.data[i + 2]!),
      );
    }
    const classes = [...keys].map((key) => table.get(key) ?? IGNORE);
    return new Set(classes.filter((label) => label !== IGNORE));
  } catch {
    return new Set();
  }
}
