import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import sharp, { type WebpOptions } from "sharp";

/** Writes a picture as WebP that a page loads quickly; a site holds hundreds. */
export async function reducedPicture(from: string, to: string, quality = 60): Promise<void> {
  const bytes = await webp(from, { quality, effort: 5 });
  await mkdir(dirname(to), { recursive: true });
  await writeFile(to, bytes);
}

/**
 * Writes a figure as WebP in whichever way takes fewer bytes: next to lossless, which lines and text
 * like, or as photos are.
 */
export async function reducedFigure(from: string, to: string): Promise<void> {
  const ways = [{ nearLossless: true, quality: 60 }, { quality: 82, smartSubsample: true }];
  const versions = await Promise.all(ways.map((way) => webp(from, { ...way, effort: 5 })));
  const [smallest] = versions.toSorted((a, b) => a.length - b.length);
  await mkdir(dirname(to), { recursive: true });
  await writeFile(to, smallest!);
}

function webp(from: string, options: WebpOptions): Promise<Uint8Array> {
  return sharp(from).webp(options).toBuffer().catch((cause) => {
    throw new RangeError(`Cannot show ${from}: a picture needed, got ${cause.message}`, { cause });
  });
}
