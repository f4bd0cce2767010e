import { stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../../files.ts";
import { issueWords } from "../../misfit.ts";
import type { OnBytes } from "../archive.ts";
import { PixelMeter } from "./pixel_meter.ts";
import { jsonElements } from "./json_elements.ts";
import { CONTEXT_MASKS, writeContextLists } from "./lists.ts";
import { CONTEXT_LABELS, CONTEXT_LAST, contextPng } from "./masks.ts";
import { paintRuns, type RunLengths } from "./run_lengths.ts";

const size = z.int().min(1).max(1 << 13);

const DetailImage = z.object({
  image_id: z.int(),
  file_name: z.string().regex(/^\d{4}_\d{6}\.jpg$/), // it becomes a path
  height: size,
  width: size,
  phase: z.enum(["train", "val", "test"]),
});

const DetailAnnotation = z.object({
  image_id: z.int(),
  category_id: z.int().min(0).max(CONTEXT_LAST),
  segmentation: z.object({ size: z.tuple([size, size]), counts: z.string() }),
});

type DetailImage = z.infer<typeof DetailImage>;

interface Region {
  readonly label: number;
  readonly runs: RunLengths;
}

const [IMAGES, ANNOTATIONS] = ["images", "annos_segmentation"];

/**
 * The Detail API's trainval_merged.json (PASCAL in Detail, 2017) as label PNGs of 0 (background) and
 * 1 to 59 and the lists of 4,996 training and 5,104 validation images, in a folder VOC2010. What was
 * annotated later lies above, as in the API's own getMask (ccvl/detail-api). Its regions stay in
 * memory until all are read, as they come in no order of images; label maps do not.
 */
export async function convertContextJson(
  path: string,
  voc: string,
  onBytes: OnBytes,
): Promise<void> {
  const { images, regions } = await readDetail(path, onBytes);
  const splits = { train: [] as string[], val: [] as string[] };
  const meter = new PixelMeter(path, (await stat(path)).size);
  checkImages(images, path, meter);
  for (const image of images) {
    if (image.phase === "test") continue;
    const name = image.file_name.replace(/\.jpg$/, "");
    const { width, height } = image;
    const data = labelsOf(image, regions.get(image.image_id) ?? [], path, meter);
    const png = await contextPng({ width, height, data });
    await writeAtomically(join(voc, CONTEXT_MASKS, `${name}.png`), png);
    splits[image.phase].push(name);
  }
  if (splits.train.length + splits.val.length === 0) {
    throw new RangeError(
      `Cannot convert ${path}: it needs ${IMAGES} of the phases train and val as in the Detail ` +
        `API's trainval_merged.json, got none`,
    );
  }
  await writeContextLists(voc, splits);
}

/** Refuses images of one name and too many pixels, before anything is drawn. */
function checkImages(images: readonly DetailImage[], path: string, meter: PixelMeter): void {
  const names = new Set<string>();
  for (const { file_name, width, height } of images) {
    meter.add(width * height);
    if (names.size < names.add(file_name).size) continue;
    throw new RangeError(
      `Cannot convert ${path}: it needs each image once, got ${file_name} twice`,
    );
  }
}

async function readDetail(path: string, onBytes: OnBytes) {
  const images: DetailImage[] = [];
  const regions = new Map<number, Region[]>();
  for await (const { array, value } of jsonElements(path, [IMAGES!, ANNOTATIONS!], onBytes)) {
    if (array === IMAGES) {
      images.push(parsed(DetailImage, value, array, path));
      continue;
    }
    const { image_id, category_id, segmentation } = parsed(DetailAnnotation, value, array, path);
    if (!regions.has(image_id)) regions.set(image_id, []);
    regions.get(image_id)!.push({ label: CONTEXT_LABELS[category_id]!, runs: segmentation });
  }
  return { images, regions };
}

function labelsOf(
  { width, height, file_name }: DetailImage,
  regions: readonly Region[],
  path: string,
  meter: PixelMeter,
): Uint8Array {
  const labels = new Uint8Array(width * height);
  for (const { label, runs } of regions) {
    if (runs.size[0] !== height || runs.size[1] !== width) {
      throw new RangeError(
        `Cannot convert ${path}: it needs regions of the image's ${width}×${height} pixels, got ` +
          `one of ${runs.size[1]}×${runs.size[0]} for ${file_name}`,
      );
    }
    meter.add(paintRuns(labels, runs, label, `a region of ${file_name} in ${path}`));
  }
  return labels;
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, array: string, path: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path: keys, message } = result.error.issues[0]!;
  throw new SyntaxError(
    `Cannot convert ${path}: it needs ${array} as in the Detail API's trainval_merged.json, got ` +
      `one with ${keys.join(".") || "another form"}: ${issueWords(message)}`,
  );
}
