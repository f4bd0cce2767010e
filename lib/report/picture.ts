import { Buffer } from "node:buffer";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import process from "node:process";
import sharp from "sharp";
import { writeAtomically } from "../files.ts";
import { drawable } from "./drawable.ts";

/** The symbol by which Deno's Jupyter kernel asks a value for its picture. */
export const display: unique symbol = Symbol.for("Jupyter.display");

/** A drawing as SVG text, of a white ground; PNG has two pixels for each of its units. */
export class Drawing {
  /** The drawing as text. */
  readonly svg: string;

  /** Takes SVG; characters that it cannot hold become signs. */
  constructor(svg: string) {
    this.svg = drawable(svg);
  }

  /** The drawing as PNG, twice as wide and high as the SVG's size in units. */
  async png(): Promise<Uint8Array> {
    const drawn = await rasterise(this.svg, 2);
    return await sharp(drawn).flatten({ background: "white" }).png({ compressionLevel: 9 })
      .toBuffer();
  }

  /** Writes `<path>.svg` and `<path>.png`. */
  async save(path: string): Promise<void> {
    await writeAtomically(`${path}.svg`, this.svg);
    await writeAtomically(`${path}.png`, await this.png());
  }

  /** As SVG, which a notebook shows at every size. */
  [display](): Record<string, string> {
    return { "image/svg+xml": this.svg };
  }
}

/** A picture of pixels, held as the bytes of a PNG file. */
export class Photograph {
  /** Takes the bytes of a PNG file. */
  constructor(private readonly bytes: Uint8Array) {}

  /** The picture as PNG. */
  png(): Promise<Uint8Array> {
    return Promise.resolve(this.bytes);
  }

  /** Writes PNG to a path that ends in .png, JPEG of quality 85 to one that ends in .jpg or .jpeg. */
  async save(path: string): Promise<void> {
    const extension = extname(path).toLowerCase();
    if (extension === ".png") return await writeAtomically(path, this.bytes);
    if (extension !== ".jpg" && extension !== ".jpeg") {
      throw new RangeError(`Cannot save ${path}: it needs to end in .png, .jpg or .jpeg`);
    }
    await writeAtomically(path, await sharp(this.bytes).jpeg({ quality: 85 }).toBuffer());
  }

  /** As JPEG, a quarter of PNG's bytes: notebooks are committed with their outputs. */
  async [display](): Promise<Record<string, string>> {
    const jpeg = await sharp(this.bytes).jpeg({ quality: 85 }).toBuffer();
    return { "image/jpeg": jpeg.toString("base64") };
  }
}

/** The font of every picture, and what a browser takes where it shows an SVG and has no DejaVu. */
export const FONT = "DejaVu Sans, Helvetica, Arial, sans-serif";

/** SVG text as the bytes of a PNG, `scale` pixels for each of its units, transparent where empty. */
export async function rasterise(svg: string, scale: number): Promise<Uint8Array> {
  useOwnFont();
  return await sharp(Buffer.from(svg), { density: 72 * scale }).png().toBuffer();
}

/**
 * Points fontconfig, before it first looks, at the DejaVu fonts of an npm package: so texts are drawn
 * on machines without fonts, and alike on all others. A FONTCONFIG_FILE that is set is respected.
 */
function useOwnFont(): void {
  const fonts = fontFolder();
  if (fonts === undefined || process.env["FONTCONFIG_FILE"]) return;
  const folder = privateFolder();
  if (folder === undefined) return; // the system's fonts are better than no picture
  const tag = (name: string, text: string) => `<${name}>${text.replaceAll("&", "&amp;")}</${name}>`;
  const content = tag("dir", fonts) + tag("cachedir", join(folder, "cache"));
  const path = join(folder, "fonts.conf");
  try {
    writeFileSync(path, `<?xml version="1.0"?><fontconfig>${content}</fontconfig>\n`);
  } catch {
    return;
  }
  process.env["FONTCONFIG_FILE"] = path;
}

/** A new folder that nobody else knows the name of, until the process ends; undefined without room. */
function privateFolder(): string | undefined {
  try {
    const folder = mkdtempSync(join(tmpdir(), "seglab-fonts-"));
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    return folder;
  } catch {
    return undefined;
  }
}

/** Undefined where the package is not installed: then the system's fonts are used. */
function fontFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf"));
  } catch {
    return undefined;
  }
}
