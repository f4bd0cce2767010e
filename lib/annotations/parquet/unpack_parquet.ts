import { Buffer } from "node:buffer";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { z } from "zod";
import { lockFile } from "../../file_lock.ts";
import { writeError } from "../../files.ts";
import { fillFolder } from "../../fill_folder.ts";
import { formatOf } from "../../images/format.ts";
import { readJson } from "../../json.ts";
import type { OnProgress } from "../../progress.ts";
import { openParquet, type ParquetFile } from "./parquet_file.ts";
import { parquetParts } from "./parquet_parts.ts";
import { type PictureColumns, pictureColumns } from "./picture_columns.ts";

/** The pictures of Parquet files as files. */
export interface Unpacked {
  /** The folder with `train/images`, `train/labels`, and the same of `val`, of the same names. */
  readonly folder: string;
  readonly facts: UnpackedFacts;
}

/** What was unpacked, as `unpacked.json` in the folder says. */
export type UnpackedFacts = z.infer<typeof factsSchema>;

const partSchema = z.object({
  /** Images with a mask. */
  images: z.int().min(0),
  /** Rows without a mask. */
  without: z.int().min(0),
});
const factsSchema = z.object({
  columns: z.object({ image: z.string(), mask: z.string() }),
  files: z.array(z.object({ name: z.string(), size: z.number() })),
  train: partSchema,
  val: partSchema,
});

const ENDINGS: Readonly<Record<string, string>> = {
  JPEG: "jpg",
  PNG: "png",
  WebP: "webp",
  TIFF: "tif",
  AVIF: "avif",
  GIF: "gif",
};

/**
 * Writes the encoded images and masks of a folder's Parquet files, byte for byte and a few rows at a
 * time, to files in the folder `unpacked` there, once: what is unpacked of the same Parquet files is
 * left as it is. Files are named by the number of their row in its part. Rows without a mask are left
 * out and counted.
 */
export async function unpackParquet(
  root: string,
  names: readonly string[],
  given?: PictureColumns,
  onProgress: OnProgress = () => {},
): Promise<Unpacked> {
  const parts = parquetParts(root, names);
  const [train, val] = [await opened(parts.train), await opened(parts.val)];
  const columns = pictureColumns(train[0]!, given);
  for (const file of [...train, ...val].slice(1)) pictureColumns(file, columns);
  const files = await Promise.all([...train, ...val].map(async ({ path }) => ({
    name: relative(root, path).replaceAll(sep, "/"),
    size: (await stat(path)).size,
  })));
  const slug = (name: string) => name.replaceAll(/[^\w-]/g, "_").slice(0, 60);
  const folder = join(root, "unpacked", `${slug(columns.image)}-${slug(columns.mask)}`);
  const known = { columns, files };
  const before = await factsIn(folder, known);
  if (before) return { folder, facts: before };
  await mkdir(dirname(folder), { recursive: true }).catch((cause) => {
    throw writeError(folder, cause);
  });
  using _lock = await lockFile(join(root, "unpacked", ".lock"));
  const meanwhile = await factsIn(folder, known);
  if (meanwhile) return { folder, facts: meanwhile };
  await rm(folder, { recursive: true, force: true });
  const total = [...train, ...val].reduce((sum, { rows }) => sum + rows, 0);
  let done = 0;
  const onRow = () => onProgress({ title: "unpacking", done: ++done, total, unit: "image" });
  let facts: UnpackedFacts;
  await fillFolder(folder, async (partial) => {
    facts = {
      ...known,
      train: await unpackPart(train, columns, join(partial, "train"), onRow),
      val: await unpackPart(val, columns, join(partial, "val"), onRow),
    };
    await write(join(partial, FACTS), Buffer.from(`${JSON.stringify(facts, null, 2)}\n`));
  });
  return { folder, facts: facts! };
}

const FACTS = "unpacked.json";

/** What is unpacked in a folder, where it is of the same columns of the same files. */
async function factsIn(
  folder: string,
  known: Pick<UnpackedFacts, "columns" | "files">,
): Promise<UnpackedFacts | undefined> {
  const needed = { needs: "to say what was unpacked" };
  const facts = await readJson(join(folder, FACTS), factsSchema, needed).catch(() => undefined);
  if (facts === undefined) return undefined;
  const { columns, files } = facts;
  return JSON.stringify({ columns, files }) === JSON.stringify(known) ? facts : undefined;
}

async function opened(paths: readonly string[]): Promise<readonly ParquetFile[]> {
  const files: ParquetFile[] = [];
  for (const path of paths) files.push(await openParquet(path));
  return files;
}

async function unpackPart(
  files: readonly ParquetFile[],
  { image, mask }: PictureColumns,
  folder: string,
  onRow: () => void,
): Promise<z.infer<typeof partSchema>> {
  const [images, labels] = [join(folder, "images"), join(folder, "labels")];
  for (const one of [images, labels]) await mkdir(one, { recursive: true });
  const counts = { images: 0, without: 0 };
  let number = 0;
  for (const file of files) {
    let row = 0;
    for await (const cells of file.read([image, mask])) {
      const name = `${number++}`.padStart(6, "0");
      const place = `row ${row++} of ${file.path}`;
      onRow();
      if (cells[mask] === null || cells[mask] === undefined) {
        counts.without++;
        continue;
      }
      const [photo, png] = [bytesOf(cells[image], image, place), bytesOf(cells[mask], mask, place)];
      await write(join(images, `${name}.${endingOf(photo, image, place)}`), photo);
      requirePng(png, mask, place);
      await write(join(labels, `${name}.png`), png);
      counts.images++;
    }
  }
  return counts;
}

function bytesOf(cell: unknown, column: string, place: string): Uint8Array {
  const { bytes, path } = Object(cell) as { bytes?: unknown; path?: unknown };
  if (bytes instanceof Uint8Array && bytes.length > 0) return bytes;
  const got = typeof path === "string" ? "only the path of a file that was not packed" : "none";
  throw new RangeError(
    `Cannot unpack ${place}: the bytes of a picture needed in column ${column}, got ${got}`,
  );
}

function endingOf(bytes: Uint8Array, column: string, place: string): string {
  const format = formatOf(bytes);
  const ending = ENDINGS[format ?? ""];
  if (ending !== undefined) return ending;
  throw new RangeError(
    `Cannot unpack ${place}: a picture that is read (${
      Object.keys(ENDINGS).join(", ")
    }) needed in ` +
      `column ${column}, got ${format ?? `${bytes.length} bytes of no format that is known`}`,
  );
}

function requirePng(bytes: Uint8Array, column: string, place: string): void {
  const format = formatOf(bytes);
  if (format === "PNG") return;
  throw new RangeError(
    `Cannot unpack ${place}: a mask as PNG needed in column ${column}, got ` +
      `${format ?? `${bytes.length} bytes of no format that is known`}; ` +
      (format === "JPEG" || format === "WebP"
        ? "compression smears labels, so the data set's masks have to be made again as PNG"
        : "have its masks saved as grey or palette PNGs with the same values"),
  );
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  await writeFile(path, bytes, { flag: "wx" }).catch((cause) => {
    throw writeError(path, cause);
  });
}
