import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { greyPng, labelMap, pattern, writePair } from "../data/fixtures.ts";

/** The options of the tests' training runs: Segmenter T on crops of 32 pixels. */
export const tinyTraining = ["--variant", "Seg-T/16", "--crop", "32", "--batch", "2"];

/**
 * Writes a data set of six training and two validation images of 64×64 pixels into a folder, and its
 * description; gives the description's path.
 */
export async function writeTinyData(
  dir: string,
  classes = ["ground", "roof", "tree"],
): Promise<string> {
  for (const [split, count] of [["train", 6], ["val", 2]] as const) {
    for (let i = 0; i < count; i++) {
      const labels = labelMap(64, 64, (x, y) => x < 20 + 5 * i ? 0 : y < 32 ? 1 : 2);
      await writePair(join(dir, split), `${i}`, pattern(64, 64), greyPng(labels));
    }
  }
  const folders = (split: string) => ({ images: `${split}/images`, labels: `${split}/masks` });
  const description = {
    name: "tiny",
    classes: classes.map((name, i) => ({ name, colour: [80 * i, 100, 255 - 80 * i] })),
    train: folders("train"),
    val: folders("val"),
  };
  const path = join(dir, "tiny.json");
  await writeFile(path, JSON.stringify(description));
  return path;
}

/** Gives what a body prints by console.log. */
export async function printedBy(body: () => Promise<unknown>): Promise<string> {
  const { log } = console;
  const lines: string[] = [];
  console.log = (...values) => void lines.push(values.join(" "));
  try {
    await body();
    return lines.join("\n");
  } finally {
    console.log = log;
  }
}

/** Gives what a body tells console.error and writes to standard error. */
export async function warnedBy(body: () => Promise<unknown>): Promise<string> {
  const { error } = console;
  const { stderr } = process;
  const { write } = stderr;
  let text = "";
  console.error = (...values) => void (text += values.join(" ") + "\n");
  stderr.write = (chunk: string | Uint8Array) => {
    text += chunk;
    return true;
  };
  try {
    await body();
    return text;
  } finally {
    console.error = error;
    stderr.write = write;
  }
}
