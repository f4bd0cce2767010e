/** Files as labelling tools write them, small. */
import { join } from "node:path";
import type { Dataset } from "../../lib/data/dataset.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import { stream } from "../../lib/random.ts";
import { writeFiles } from "../data/fixtures.ts";

/** Writes images of noise of a size, and texts or JSON values beside them. */
export async function writeSet(
  dir: string,
  images: readonly string[],
  files: Readonly<Record<string, unknown>>,
  [width, height]: readonly [number, number] = [8, 6],
): Promise<void> {
  const drawn = images.map(async (path) => {
    const random = stream(path, 1); // each image is another one
    const data = Uint8Array.from({ length: 3 * width * height }, () => random.integer(0, 256));
    return [path, await encodeImage({ width, height, data })] as const;
  });
  await writeFiles(dir, Object.fromEntries(await Promise.all(drawn)));
  await writeFiles(
    dir,
    Object.fromEntries(
      Object.entries(files).map(([path, contents]) => [
        path,
        typeof contents === "string" || contents instanceof Uint8Array
          ? contents
          : JSON.stringify(contents),
      ]),
    ),
  );
}

/** The labels of an example as rows of digits, `.` for the ignored one. */
export async function drawing(dataset: Dataset, index = 0): Promise<string[]> {
  const { labels: { width, height, data } } = await dataset.example(index);
  return Array.from(
    { length: height },
    (_, y) =>
      [...data.subarray(y * width, (y + 1) * width)].map((v) => v === 255 ? "." : `${v}`).join(""),
  );
}

/** A folder's join, short. */
export const at = join;
