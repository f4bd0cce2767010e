import type { DiskSource } from "../data/dataset.ts";
import { type LabelTable, showKey } from "../data/label_table.ts";
import type { Pair } from "../data/pairs.ts";
import { type Turning, turningOf } from "../data/turning.ts";
import { decodeLabels, decodePhoto, pictureHeader, type RawLabels } from "../images/decode.ts";
import { IGNORE } from "../images/image.ts";
import { narrowRange } from "../images/narrow_range.ts";
import { type PictureHeader, type Reading, sizeAs } from "../images/reading.ts";
import { counted, listed, share } from "../words.ts";
import { type Problem, problem } from "./problem.ts";
import { countMask, type Damage, damageOf, type Texture } from "./texture.ts";

/** Files to inspect, with what their values mean, or without where nobody has said it yet. */
export type InspectedSource =
  & Pick<DiskSource, "name" | "classes" | "palette" | "pairs">
  & Partial<Pick<DiskSource, "tableFor" | "reading">>;

/** What one mask holds and what is wrong with it and its image. */
export interface MaskFacts {
  readonly problems: readonly Problem[];
  /** Null where the mask cannot be read. */
  readonly counts: MaskValues | null;
}

/** The values (or packed colours) of one mask in pixels, and what they mean. */
export interface MaskValues {
  readonly channels: 1 | 3;
  readonly pixels: ReadonlyMap<number, number>;
  readonly table: LabelTable | undefined;
  /** Whether the mask looks as if some of its values were invented. */
  readonly damaged: boolean;
}

/**
 * Decodes a mask and its image, of which the header alone where the mask cannot be read. Nothing that
 * is wrong with them throws.
 */
export async function maskFacts(
  { image, labels }: Pair,
  { tableFor, reading = {} }: InspectedSource,
): Promise<MaskFacts> {
  const { header, turning } = await headersOf(image, labels, reading);
  const raw = await settled(decodeLabels(labels, { ...reading, exif: turning.labels }));
  const photo = header.problems ??
    (raw.value ? await photoProblems(image, { ...reading, exif: turning.image }) : []);
  if (!raw.value) {
    return { counts: null, problems: [...photo, problem("unreadable", messageOf(raw.reason))] };
  }
  const { channels } = raw.value;
  const { pixels, texture } = countMask(raw.value);
  let table: LabelTable | undefined;
  const refused: Problem[] = [];
  try {
    table = tableFor?.(raw.value, labels);
  } catch (error) {
    refused.push(problem("refused", messageOf(error)));
  }
  const damage = damageOf(texture);
  const problems = [
    ...photo,
    ...refused,
    ...(header.value ? sizeProblems(raw.value, image, header.value, turning) : []),
    ...(damage ? [problem(damage, damageText(texture, damage))] : []),
    ...(table || refused.length === 0 ? valueProblems(channels, pixels, table) : []),
  ];
  return { problems, counts: { channels, pixels, table, damaged: damage !== undefined } };
}

async function headersOf(image: string, labels: string, reading: Reading) {
  const [photo, mask] = await Promise.all([
    settled(pictureHeader(image)),
    settled(pictureHeader(labels)),
  ]);
  const turning: Turning = photo.value && mask.value
    ? turningOf(photo.value, mask.value, reading)
    : { image: "apply", labels: "ignore", doubt: null };
  const reason = messageOf((photo.reason as Error | undefined)?.cause);
  const text = `Cannot read ${image}: needs an image, got "${reason}"`;
  const problems = photo.value ? undefined : [problem("unreadable", text)];
  return { header: { value: photo.value, problems }, turning };
}

/** What is wrong with an image alone: it cannot be decoded, or is next to black. */
async function photoProblems(file: string, reading: Reading): Promise<Problem[]> {
  try {
    const narrow = narrowRange(await decodePhoto(file, reading));
    return narrow === null ? [] : [problem("narrow", `${file}: ${narrow}`)];
  } catch (error) {
    return [problem("unreadable", messageOf(error))];
  }
}

/** The value of a promise, or the reason that there is none. */
async function settled<T>(promise: Promise<T>): Promise<{ value?: T; reason?: unknown }> {
  return await promise.then((value) => ({ value }), (reason) => ({ reason }));
}

function messageOf(reason: unknown): string {
  return (reason instanceof Error ? reason.message : String(reason)).split("\n")[0]!;
}

function sizeProblems(
  { width, height }: RawLabels,
  file: string,
  header: PictureHeader,
  { image, doubt }: Turning,
): Problem[] {
  const size = sizeAs(image, header);
  const differ = size.width !== width || size.height !== height;
  const text =
    `the mask has ${width}×${height} pixels, its image ${file} ${size.width}×${size.height}`;
  if (doubt !== null) {
    return [problem("turned", differ ? `${text}; ${doubt}` : `${doubt}: ${file}`)];
  }
  return differ ? [problem("size", text)] : [];
}

function damageText({ borders, isolated, compared, gradual }: Texture, damage: Damage): string {
  const faded = `${
    share(gradual, compared)
  } of the borders between areas fade through other values`;
  if (damage === "resized" || isolated === 0) return faded;
  return `${faded}, ${counted(isolated, "pixel")} on ${counted(borders, "border")} ` +
    `${isolated === 1 ? "is" : "are"} unlike all neighbours`;
}

function valueProblems(
  channels: 1 | 3,
  pixels: ReadonlyMap<number, number>,
  table: LabelTable | undefined,
): Problem[] {
  const total = sum(pixels.values());
  const binary = channels === 1 && pixels.size === 2 && pixels.has(0) && pixels.has(255);
  if (!table) return binary ? [problem("binary", binaryText(pixels.get(255)!, total))] : [];
  const found: Problem[] = [];
  const outside = [...pixels].filter(([key]) => !table.has(key)).sort((a, b) => b[1] - a[1]);
  if (outside.length > 0) {
    const inWords = ([key, count]: readonly [number, number]) =>
      `${showKey(key, channels)} in ${counted(count, "pixel")}`;
    const text = listed(outside, inWords);
    const lost = sum(outside.map(([, count]) => count));
    found.push(problem("outside", text, lost / total));
  }
  const keys = [...pixels].filter(([key]) => table.has(key));
  const labelled = keys.filter(([key]) => table.get(key) !== IGNORE);
  const ignored = sum(keys.map(([, count]) => count)) - sum(labelled.map(([, count]) => count));
  if (binary && table.get(255) === IGNORE && table.get(0) !== IGNORE && table.has(0)) {
    found.push(problem("binary", binaryText(ignored, total)));
  }
  if (ignored === total) found.push(problem("ignored", "every pixel is ignored"));
  else if (ignored >= total / 2) {
    found.push(problem("mostlyIgnored", `${share(ignored, total)} ignored`, ignored / total));
  }
  if (labelled.length === 1 && outside.length === 0) {
    found.push(problem("single", "one single class"));
  }
  return found;
}

function binaryText(high: number, total: number): string {
  return `only 0 and 255 (${share(high, total)} of the pixels)`;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
