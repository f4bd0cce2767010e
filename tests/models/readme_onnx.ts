/** The README's lines that run an exported network, as they stand there. */
import { assert, assertEquals } from "@std/assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeImage } from "../../lib/images/encode.ts";
import { exportModel } from "../../lib/models/onnx_file.ts";
import { type OpenedModel, openModel } from "../../lib/models/open.ts";
import { segment } from "../../lib/segment/segment.ts";
import { pattern } from "../data/fixtures.ts";
import { ownPath } from "../golden.ts";

export const repository = new URL("../../", import.meta.url);
const [lines, inNode, inPage] = await blocks();
export { inNode, inPage };

/** The code of the README's section on exported networks. */
async function blocks(): Promise<[string, string, string]> {
  const text = await readFile(new URL("README.md", repository), "utf8");
  const section = text.split("\n## ").find((part) => part.startsWith("An exported network"))!;
  const found = [...section.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code!);
  assertEquals(found.length, 3);
  return found as [string, string, string];
}

const published = await openModel(ownPath("containers/segmenter_small"));
export const windows = { window: 48, stride: 32, enlarge: true };
export const model: OpenedModel = {
  ...published,
  window: 48,
  stride: 32,
  protocol: { resize: { to: "own size" }, multiple: 1, windows, ratios: [1], flip: false },
};
export const photo = pattern(111, 70);

/** Writes the network, a photo and the README's lines, and gives the classes that `segment` finds. */
export async function prepare(dir: string): Promise<Uint8Array> {
  await exportModel(model, join(dir, "mine.onnx"));
  await writeFile(join(dir, "photo.png"), await encodeImage(photo));
  await writeFile(join(dir, "segment.js"), lines);
  return (await segment(model, photo, { threads: 1 })).labels.data;
}

/** The README's program, which gives its labels as JSON at the end. */
export const telling = (code: string, tell: string) => `${code}\n${tell}`;

export function assertAlike(found: readonly number[], expected: Uint8Array): void {
  const same = found.reduce((sum, label, i) => sum + Number(label === expected[i]), 0);
  assertEquals(found.length, expected.length);
  assert(new Set(expected).size > 1, "the photo has several classes");
  // Means of scores that are equal to 7 digits may fall either way.
  assert(same >= 0.999 * found.length, `${same} of ${found.length} pixels are segment's`);
}
