import { Buffer } from "node:buffer";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import sharp from "sharp";

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
  if (fonts === undefined || process.env["FONTCONFIG_FILE"] !== undefined) return;
  const folder = join(tmpdir(), `seglab-fonts-${process.getuid?.() ?? "user"}`);
  const tag = (name: string, text: string) => `<${name}>${text.replaceAll("&", "&amp;")}</${name}>`;
  const content = tag("dir", fonts) + tag("cachedir", join(folder, "cache"));
  const path = join(folder, "fonts.conf");
  const own = `${path}.${process.pid}`; // other processes may be writing the same
  mkdirSync(folder, { recursive: true });
  writeFileSync(own, `<?xml version="1.0"?><fontconfig>${content}</fontconfig>\n`);
  renameSync(own, path);
  process.env["FONTCONFIG_FILE"] = path;
}

/** Undefined where the package is not installed: then the system's fonts are used. */
function fontFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf"));
  } catch {
    return undefined;
  }
}
