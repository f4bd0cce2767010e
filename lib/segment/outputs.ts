import { access, mkdir } from "node:fs/promises";
import { constants } from "node:fs";
import { dirname, join, parse, relative, resolve } from "node:path";
import { writeAtomically } from "../files.ts";
import { withRemedy } from "../remedy.ts";
import type { Segmentation } from "./segmentation.ts";

/** Makes the folder for results; one that cannot be written to is an error before anything is done. */
export async function makeWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (cause) {
    const error = new RangeError(
      `Cannot write to ${folder}: a folder that can be made and written to needed, got ` +
        `${(cause as { code?: string }).code ?? cause}`,
      { cause },
    );
    throw withRemedy(error, { kind: "otherFolder" });
  }
}

/** Writes `<stem>_overlay.png`, `<stem>_labels.png` and `<stem>.json`. */
export async function writeSegmentation(
  stem: string,
  file: string,
  segmentation: Segmentation,
): Promise<void> {
  const overlay = await segmentation.overlay();
  await Promise.all([
    overlay.save(`${stem}_overlay.png`),
    writeAtomically(`${stem}_labels.png`, await segmentation.labelPng()),
    writeAtomically(
      `${stem}.json`,
      JSON.stringify({ file, ...segmentation.toJSON() }, null, 2) + "\n",
    ),
  ]);
}

/**
 * A name without extension in `folder` for each file: as the files lie below the folder that is common
 * to all, with the extension as a part of the name where two files differ in nothing else.
 */
export function stemsIn(folder: string, files: readonly string[]): string[] {
  const paths = files.map((file) => parse(resolve(file)));
  const common = paths.map(({ dir }) => dir).reduce(commonFolder);
  const stems = paths.map(({ dir, name }) => join(folder, relative(common, dir), name));
  return stems.map((stem, i) => {
    const twice = stems.indexOf(stem) !== stems.lastIndexOf(stem);
    return twice ? join(dirname(stem), paths[i]!.base.replaceAll(".", "_")) : stem;
  });
}

function commonFolder(a: string, b: string): string {
  return a === b || b.startsWith(join(a, "/")) ? a : commonFolder(dirname(a), b);
}
