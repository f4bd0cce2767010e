import { Buffer } from "node:buffer";
import sharp from "sharp";
import type { ClassKey, Image, LabelMap } from "../images/image.ts";
import { drawable } from "./drawable.ts";
import { classesIn, overlay } from "./overlay.ts";
import { FONT, Photograph, rasterise } from "./picture.ts";
import { textWidth } from "./place_labels.ts";

/** One picture of a comparison: a photograph, or a class map over it, under a title. */
export interface Panel {
  readonly title: string;
  readonly image: Image;
  readonly labels?: LabelMap;
}

/** Panels narrower than this many pixels are enlarged by a whole factor, so that titles fit. */
const NARROWEST_PANEL = 240;
const GAP = 8;

/** The distance of panels and of marks beside letters of a size: GAP, and a quarter of very large ones. */
function gapBeside(fontSize: number): number {
  return Math.max(GAP, Math.round(fontSize / 4));
}

/**
 * Rows of panels side by side (image, ground truth, predictions …) with their titles, and under them
 * one legend of the classes that occur in any of them; of all classes where no panel has a class map,
 * since pictures that are drawn already do not tell.
 */
export async function comparison(
  rows: readonly (readonly Panel[])[],
  key: ClassKey,
): Promise<Photograph> {
  const panels = rows.flat();
  if (panels.length === 0) {
    throw new RangeError("Cannot compare panels: it needs at least one, got none");
  }
  const cell = cellOf(panels);
  const { gap } = cell;
  const rowHeight = cell.titleHeight + cell.height + gap;
  const placed = rows.flatMap((row, r) =>
    row.map((panel, c) => ({
      panel,
      left: gap + c * (cell.width + gap),
      top: r * rowHeight + cell.titleHeight,
    }))
  );
  const width = gap + Math.max(...rows.map((row) => row.length)) * (cell.width + gap);
  const maps = panels.flatMap(({ labels }) => labels ?? []);
  const occurring = maps.length > 0 ? classesIn(maps) : [...key.classes.keys()];
  checkKey(key, occurring);
  const names = legendOf(occurring, key, width, cell.fontSize);
  const bottom = rows.length * rowHeight;
  const height = bottom + names.height;
  const texts =
    placed.map(({ panel, left, top }) => titleOf(panel.title, left, top, cell)).join("") +
    `<g transform="translate(0,${bottom})">${names.marks}</g>`;
  const parts = await Promise.all(placed.map(async ({ panel, left, top }) => {
    return { input: await picture(panel, key, cell.scale), left, top };
  }));
  const drawn = Buffer.from(await rasterise(svgOf(width, height, texts), 1));
  const bytes = await sharp({ create: { width, height, channels: 3, background: "white" } })
    .composite([...parts, { input: drawn }]).removeAlpha().png().toBuffer();
  return new Photograph(bytes);
}

const LEGEND_FONT = 14;
/** Wider legends have larger letters, as many times as their pictures are wider. */
const WIDEST_LEGEND = 60 * LEGEND_FONT;

/** The legend of all classes of a key: colours and names in rows of `width` pixels. */
export async function legend(key: ClassKey, width = 640): Promise<Photograph> {
  const all = key.classes.map((_, index) => index);
  checkKey(key, all);
  const size = LEGEND_FONT * Math.max(1, width / WIDEST_LEGEND);
  const { marks, height } = legendOf(all, key, width, size);
  const ground = '<rect width="100%" height="100%" fill="white"/>';
  return new Photograph(await rasterise(svgOf(width, height, ground + marks), 1));
}

/** Narrower pictures get a white margin at the right, so that the names have room. */
const NARROWEST_PICTURE = 240;

/**
 * A class map laid over its image at half opacity, pixel by pixel from the top left corner, and below
 * it the names and colours of some classes in their order.
 */
export async function overlayPicture(
  image: Image,
  labels: LabelMap,
  { classes, palette }: ClassKey,
  named: readonly number[],
): Promise<Photograph> {
  const { width, height, data } = overlay(image, labels, palette);
  const whole = Math.max(NARROWEST_PICTURE, width);
  const names = await legend({
    classes: named.map((index) => classes[index]!),
    palette: named.map((index) => palette[index]!),
  }, whole);
  const input = Buffer.from(await names.png());
  const { height: below = 0 } = await sharp(input).metadata();
  const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
    .extend({ right: whole - width, bottom: below, background: "white" })
    .composite([{ input, left: 0, top: height }])
    .removeAlpha()
    .png({ compressionLevel: 1 }) // level 6 takes twice the time for a tenth of the bytes
    .toBuffer();
  return new Photograph(bytes);
}

function checkKey({ classes, palette }: ClassKey, indices: readonly number[]): void {
  const needed = Math.max(0, ...indices.map((index) => index + 1));
  if (Math.min(classes.length, palette.length) < needed) {
    throw new RangeError(
      `Cannot draw a legend: it needs names and colours of ${needed} classes, got ` +
        `${classes.length} names and ${palette.length} colours`,
    );
  }
}

interface Cell {
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  readonly fontSize: number;
  readonly titleHeight: number;
  /** Between panels. */
  readonly gap: number;
}

function cellOf(panels: readonly Panel[]): Cell {
  const widest = Math.max(...panels.map(({ image }) => image.width));
  const scale = Math.ceil(NARROWEST_PANEL / widest);
  const width = scale * widest;
  const height = scale * Math.max(...panels.map(({ image }) => image.height));
  const fontSize = Math.max(13, Math.min(32, Math.round(width / 20)), Math.round(width / 40));
  const titleHeight = Math.round(1.7 * fontSize);
  return { width, height, scale, fontSize, titleHeight, gap: gapBeside(fontSize) };
}

function picture({ image, labels }: Panel, { palette }: ClassKey, scale: number): Promise<Buffer> {
  const { width, height, data } = labels === undefined ? image : overlay(image, labels, palette);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .resize(width * scale, height * scale, { kernel: "nearest" }).png().toBuffer();
}

/** A title over its panel, in smaller letters where it is too long for the panel's width. */
function titleOf(title: string, left: number, top: number, cell: Cell): string {
  const size = Math.min(cell.fontSize, cell.width / textWidth(title, 1));
  return textOf(title, left, top - 0.5 * cell.fontSize, size);
}

/** Swatches and names from left to right in as many rows as `width` asks for, and their height. */
function legendOf(
  indices: readonly number[],
  { classes, palette }: ClassKey,
  width: number,
  size: number,
) {
  const gap = gapBeside(size);
  let [x, row] = [gap, 0];
  const marks = indices.map((index) => {
    const name = classes[index]!;
    const room = textWidth(name, size) + 3 * size;
    if (x > gap && x + room - size > width) [x, row] = [gap, row + 1];
    const y = gap + row * 1.7 * size;
    const swatch = `<rect x="${x}" y="${y}" width="${1.3 * size}" height="${size}" ` +
      `fill="rgb(${palette[index]!.join(",")})" stroke="#444" stroke-width="${gap / 16}"/>`;
    const text = textOf(name, x + 1.7 * size, y + 0.88 * size, size);
    x += room;
    return swatch + text;
  });
  const height = indices.length === 0 ? 0 : Math.ceil(2 * gap + (row * 1.7 + 1) * size);
  return { marks: marks.join(""), height };
}

function textOf(text: string, x: number, y: number, size: number): string {
  const escaped = drawable(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;"); // ]]> is not allowed in a text
  return `<text x="${x}" y="${y}" font-size="${size}" fill="#222">${escaped}</text>`;
}

function svgOf(width: number, height: number, marks: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `font-family="${FONT}">${marks}</svg>`;
}
