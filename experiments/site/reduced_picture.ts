import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import sharp from "sharp";

/** Writes a picture as WebP that a page loads quickly; a site holds hundreds. */
export async function reducedPicture(from: string, to: string, quality = 60): Promise<void> {
  const bytes = await sharp(from).webp({ quality, effort: 5 }).toBuffer().catch((cause) => {
    throw new RangeError(`Cannot show ${from}: a picture needed, got ${cause.message}`, { cause });
  });
  await mkdir(dirname(to), { recursive: true });
  await writeFile(to, bytes);
}

/** Writes a drawing as WebP without loss, which lines and text need: half of a PNG's bytes. */
export async function reducedDrawing(from: string, to: string): Promise<void> {
  const bytes = await sharp(from).webp({ nearLossless: true, quality: 60, effort: 4 }).toBuffer()
    .catch((cause) => {
      throw new RangeError(`Cannot show ${from}: a picture needed, got ${cause.message}`, {
        cause,
      });
    });
  await mkdir(dirname(to), { recursive: true });
  await writeFile(to, bytes);
}
