import { Buffer } from "node:buffer";
import sharp from "sharp";
import type { Colour, Image } from "../images/image.ts";
import { comparison, type Panel } from "./comparison.ts";
import { textWidth } from "./place_labels.ts";
import { FONT, Photograph, rasterise } from "./picture.ts";

/** Viridis at 0, 0.1 … 1: of rising lightness, and told apart by colour-blind eyes. */
const ANCHORS = [
  ...["440154", "482475", "414487", "355f8d", "2a788e", "21918c"],
  ...["22a884", "44bf70", "7ad151", "bddf26", "fde725"],
].map((hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)));

/** The colour of a value between 0 and 1, dark violet to yellow; others have that of the nearer end. */
export function heatColour(value: number): Colour {
  const position = Math.min(Math.max(value, 0), 1) * (ANCHORS.length - 1);
  const low = Math.min(Math.floor(position), ANCHORS.length - 2);
  const mix = ANCHORS[low]!.map((channel, i) => {
    return Math.round(channel + (position - low) * (ANCHORS[low + 1]![i]! - channel));
  });
  return mix as unknown as Colour;
}

/**
 * Values [height, width] between 0 and 1 as colours; over a grey image where one is given, which shows
 * alone where the value is NaN.
 */
export function heatImage(
  values: Float32Array,
  [height, width]: readonly [number, number],
  over: Image | null = null,
): Image {
  const table = Array.from({ length: 256 }, (_, i) => heatColour(i / 255));
  const data = new Uint8Array(3 * height * width);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const grey = over === null ? 0 : greyOf(over, i);
    const colour = table[Math.round(255 * Math.min(Math.max(value, 0), 1))]; // none for NaN
    for (let c = 0; c < 3; c++) {
      const mixed = colour && (over === null ? colour[c]! : 0.7 * colour[c]! + 27 + 0.2 * grey);
      data[3 * i + c] = Math.round(mixed ?? grey);
    }
  }
  return { width, height, data };
}

function greyOf({ data }: Image, i: number): number {
  return (data[3 * i]! + data[3 * i + 1]! + data[3 * i + 2]!) / 3;
}

/** What the colours mean. */
export interface HeatScale {
  /** What is drawn, with its unit. */
  readonly label: string;
  /** What stands at the dark and at the bright end. */
  readonly ends: readonly [string, string];
}

const BAR = { left: 8, width: 200, height: 12, font: 13, below: 44 };

/** Rows of panels with titles, and under them what their colours mean. */
export async function heatPicture(
  rows: readonly (readonly Panel[])[],
  { label, ends }: HeatScale,
): Promise<Photograph> {
  const panels = await (await comparison(rows, { classes: [], palette: [] })).png();
  const { width: panelsWide, height } = await sharp(panels).metadata();
  const { left, font } = BAR;
  const wide = left + BAR.width + 12 + textWidth(label, font) + left;
  const width = Math.max(panelsWide, Math.ceil(wide)); // one narrow panel has room for the label as well
  const steps = Array.from({ length: 50 }, (_, i) => {
    const x = left + i * BAR.width / 50;
    return `<rect x="${x}" y="6" width="${BAR.width / 50 + 0.5}" height="${BAR.height}" ` +
      `fill="rgb(${heatColour(i / 49).join(",")})"/>`;
  });
  const right = left + BAR.width;
  const texts = [
    `<text x="${left}" y="33">${ends[0]}</text>`,
    `<text x="${right}" y="33" text-anchor="end">${ends[1]}</text>`,
    `<text x="${right + 12}" y="17">${label}</text>`,
  ];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${BAR.below}" ` +
    `font-family="${FONT}" font-size="${font}" fill="#222">${[...steps, ...texts].join("")}</svg>`;
  const bar = Buffer.from(await rasterise(svg, 1));
  const bytes = await sharp(panels)
    .extend({ right: width - panelsWide, bottom: BAR.below, background: "white" })
    .composite([{ input: bar, left: 0, top: height }]).removeAlpha().png().toBuffer();
  return new Photograph(bytes);
}
