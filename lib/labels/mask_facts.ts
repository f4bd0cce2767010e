import type { DiskSource } from "../data/dataset.ts";
import { type LabelTable, showKey } from "../data/label_table.ts";
import { drawnTurning, turnedSize } from "../data/drawn_example.ts";
import type { DrawnLabels, Pair } from "../data/pairs.ts";
import { type Turning, turningOf } from "../data/exif_turning.ts";
import { decodeMask, decodePhoto, type RawLabels, withPalette } from "../images/decode.ts";
import { IGNORE } from "../images/image.ts";
import { narrowRange } from "../images/narrow_range.ts";
import { openMask, openPicture, type PictureFile } from "../images/picture_file.ts";
import { type PictureHeader, type Reading, sizeAs } from "../images/reading.ts";
import { counted, listed, share } from "../words.ts";
import { type Problem, problem, unreadable } from "./problem.ts";
import { countMask, type Damage, damageOf, type Texture } from "./texture.ts";

/** Files to inspect, with what their values mean, or without where nobody has said it yet. */
export type InspectedSource =
  & Pick<DiskSource, "name" | "classes" | "palette" | "pairs">
  & Partial<Pick<DiskSource, "tableFor" | "reading" | "faults" | "format">>;

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
export async function maskFacts(pair: Pair, source: InspectedSource): Promise<MaskFacts> {
  const { image, labels, drawn } = pair;
  const { tableFor, reading = {} } = source;
  if (drawn) return await drawnFacts(pair, drawn, source);
  const [photo, mask] = await Promise.all([settled(openPicture(image)), settled(openMask(labels))]);
  const turning = photo.value && mask.value
    ? turningOf(photo.value.header, mask.value.header, reading)
    : UNTURNED;
  const as = (exif: "apply" | "ignore"): Reading => ({ ...reading, exif });
  const raw = mask.value
    ? await settled(decodeMask(mask.value, as(turning.labels)))
    : { value: undefined, reason: mask.reason };
  const ofImage = photo.value === undefined
    ? [unreadable(unopened(image, photo.reason), photo.reason)]
    : raw.value
    ? await photoProblems(photo.value, as(turning.image))
    : [];
  if (!raw.value) {
    return { counts: null, problems: [...ofImage, unreadable(messageOf(raw.reason), raw.reason)] };
  }
  const { channels } = raw.value;
  const { pixels, texture } = countMask(raw.value);
  let table: LabelTable | undefined;
  const refused: Problem[] = [];
  try {
    table = tableFor?.(mask.value ? withPalette(raw.value, mask.value) : raw.value, labels);
  } catch (error) {
    refused.push(problem("refused", messageOf(error)));
  }
  const damage = damageOf(texture);
  const problems = [
    ...ofImage,
    ...refused,
    ...(photo.value ? sizeProblems(raw.value, image, photo.value.header, turning) : []),
    ...(damage ? [problem(damage, damageText(texture, damage))] : []),
    ...(table || refused.length === 0 ? valueProblems(channels, pixels, table) : []),
  ];
  return { problems, counts: { channels, pixels, table, damaged: damage !== undefined } };
}

/** The same of labels that are drawn from annotations. */
async function drawnFacts(
  pair: Pair,
  drawn: DrawnLabels,
  { tableFor, reading = {} }: InspectedSource,
): Promise<MaskFacts> {
  const photo = await settled(openPicture(pair.image));
  if (!photo.value) {
    return { counts: null, problems: [problem("unreadable", unopened(pair.image, photo.reason))] };
  }
  const turning = drawnTurning(photo.value.header, drawn, reading);
  const size = drawn.size ?? turnedSize(photo.value.header, turning);
  const sizes = sizeProblems(size, pair.image, photo.value.header, turning);
  if (sizes.length > 0) return { counts: null, problems: sizes };
  const found = await photoProblems(photo.value, { ...reading, exif: turning.image });
  const map = await settled(drawn.draw(size));
  if (!map.value) {
    const text = `${pair.labels}: ${messageOf(map.reason)}`;
    return { counts: null, problems: [...found, problem("unreadable", text)] };
  }
  const raw: RawLabels = { ...map.value, channels: 1 };
  const { pixels } = countMask(raw);
  const table = tableFor?.(raw, pair.labels);
  const problems = [...found, ...valueProblems(1, pixels, table)];
  return { problems, counts: { channels: 1, pixels, table, damaged: false } };
}

/** How files are decoded of which one cannot be opened. */
const UNTURNED: Turning = { image: "apply", labels: "ignore", doubt: null };

function unopened(file: string, reason: unknown): string {
  const { cause, message } = reason as Error;
  if (cause === undefined) return message.split("\n")[0]!;
  return `Cannot read ${file}: needs an image, got "${messageOf(cause)}"`;
}

/** What is wrong with an image alone: it cannot be decoded, or is next to black. */
async function photoProblems(file: PictureFile, reading: Reading): Promise<Problem[]> {
  try {
    const narrow = narrowRange(await decodePhoto(file, reading));
    return narrow === null ? [] : [problem("narrow", `${file.path}: ${narrow}`)];
  } catch (error) {
    return [unreadable(messageOf(error), error)];
  }
}

interface Settled<T> {
  readonly value: T | undefined;
  readonly reason: unknown;
}

/** The value of a promise, or the reason that there is none. */
async function settled<T>(promise: Promise<T>): Promise<Settled<T>> {
  return await promise.then(
    (value) => ({ value, reason: undefined }),
    (reason) => ({ value: undefined, reason }),
  );
}

function messageOf(reason: unknown): string {
  return (reason instanceof Error ? reason.message : String(reason)).split("\n")[0]!;
}

function sizeProblems(
  { width, height }: Pick<RawLabels, "width" | "height">,
  file: string,
  header: PictureHeader,
  { image, doubt }: Turning,
): Problem[] {
  const size = sizeAs(image, header);
  const differ = size.width !== width || size.height !== height;
  const text =
    `the mask has ${width}×${height} pixels, its image ${file} ${size.width}×${size.height}`;
  if (doubt !== null) {
    const said = differ ? `${text}; ${doubt}` : `${doubt}: ${file}`;
    return [{ ...problem("turned", said), remedy: { kind: "exif" } }];
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
