import { readFile } from "node:fs/promises";
import sharp, { type Sharp } from "sharp";
import { formatOf } from "./format.ts";
import type { Colour } from "./image.ts";
import {
  PALETTE,
  paletteColours,
  type PngHeader,
  pngHeader,
  requireHeld,
  requireLegal,
  withIndexColours,
} from "./png.ts";
import { headerOf, type PictureHeader } from "./reading.ts";

/** A picture in memory as it was stored, with its header. */
export interface PictureFile {
  readonly path: string;
  readonly header: PictureHeader;
  readonly bytes: Uint8Array;
}

/** A label PNG in memory; where it has a palette, index i has colour (i, i, i). */
export interface MaskFile extends PictureFile {
  readonly png: PngHeader;
  /** The palette's own colours; none where it has no palette. */
  readonly palette: readonly Colour[];
}

/**
 * Reads a picture file and its header. A header that its file cannot hold, and a format that is not
 * read, are errors with the file's name.
 */
export async function openPicture(path: string): Promise<PictureFile> {
  const bytes = await readFile(path).catch((cause) => {
    const reason = cause.code === "ENOENT" ? new Error("no such file", { cause }) : cause;
    throw corrupt(path, "a readable image", reason);
  });
  const png = pngHeader(bytes);
  if (png) requireHeld(png, bytes.length, path);
  return { path, bytes, header: await header(path, bytes, NEEDED) };
}

/** Reads a label PNG and its header. A header that the specification forbids is an error. */
export async function openMask(path: string): Promise<MaskFile> {
  const file = await readFile(path);
  const png = pngHeader(file);
  if (!png) throw notPng(path, file);
  requireLegal(png, path);
  requireHeld(png, file.length, path);
  const bytes = png.type === PALETTE ? withIndexColours(file, png.bits) : file;
  const palette = png.type === PALETTE ? paletteColours(file) : [];
  return { path, png, palette, bytes, header: await header(path, bytes, NEEDED_MASK) };
}

/** The pixels of a file for sharp, which has no limit of its own: ours is told before (`requireRoom`). */
export function sharpOf({ bytes }: Pick<PictureFile, "bytes">): Sharp {
  return sharp(bytes, { ignoreIcc: true, limitInputPixels: false, limitInputChannels: false });
}

/** What is needed of an image, in words. */
export const NEEDED = "a readable image (JPEG, PNG, WebP …)";
/** What is needed of a mask, in words. */
export const NEEDED_MASK = "a readable grey, palette or RGB PNG";

async function header(path: string, bytes: Uint8Array, needed: string): Promise<PictureHeader> {
  if (bytes.length === 0) throw corrupt(path, needed, "an empty file");
  return await headerOf(sharpOf({ bytes })).catch((cause) => {
    throw unread(path, bytes) ?? corrupt(path, needed, cause);
  });
}

const READ = ["JPEG", "PNG", "WebP", "TIFF", "AVIF", "GIF"];

/** The error for a file of a format that is not read; undefined where it is of one that is, or of none. */
function unread(path: string, bytes: Uint8Array): SyntaxError | undefined {
  const format = formatOf(bytes);
  if (format === null || READ.includes(format)) return undefined;
  return new SyntaxError(
    `Cannot decode ${path}: needs an image of a format that is read (${READ.join(", ")}), got a ` +
      `${format}; save it as PNG, which changes no value, or leave it out`,
  );
}

function notPng(path: string, file: Uint8Array): SyntaxError {
  const format = formatOf(file);
  const got = format === "JPEG"
    ? `a JPEG: its compression smears labels into values that no class has, also where it is ` +
      `renamed or converted later; make the mask again as PNG`
    : `${
      format === null ? "another or a broken format" : `a ${format}`
    }; save masks as PNG, which ` +
      `changes no value`;
  return new SyntaxError(`Cannot read the labels of ${path}: needs a PNG, got ${got}`);
}

/** The error for a file that is damaged or cut off, by what sharp says of it. */
export function corrupt(path: string, needs: string, cause: unknown): SyntaxError {
  const lines = (cause instanceof Error ? cause.message : String(cause)).split("\n");
  // Where these end a message, they say how sharp and libpng were called, and not what is wrong.
  const said = lines.find((line) => line !== "" && !/failOn|libpng read error/.test(line));
  const reason = said ?? "damaged or cut-off data";
  return new SyntaxError(
    `Cannot decode ${path}: needs ${needs}, got "${reason}"; ` +
      `replace the file, or leave it out (in a data set with its partner)`,
    { cause },
  );
}
