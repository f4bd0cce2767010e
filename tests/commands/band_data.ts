import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { greyPng, labelMap } from "../data/fixtures.ts";
import { GEOREFERENCE, writeTiff } from "../images/tiff_writer.ts";

/** The bytes of a GeoTIFF of 64×64 pixels and bands of 16 bits, by which ground and water differ. */
export function bandTiff(bands: number, shore: number): Uint8Array {
  const samples = Array.from({ length: 64 * 64 * bands }, (_, i) => {
    const [band, x, y] = [i % bands, Math.floor(i / bands) % 64, Math.floor(i / bands / 64)];
    const isWater = x >= shore;
    return 1000 * (band + 1) + (isWater === (band % 2 === 0) ? 800 : 0) + (7 * x + 13 * y) % 50;
  });
  return writeTiff({
    width: 64,
    height: 64,
    bits: 16,
    format: 1,
    colours: 1,
    channels: bands,
    samples,
    georeference: GEOREFERENCE,
  });
}

/** Writes six training and two validation images of bands, and their description; gives its path. */
export async function writeBandData(dir: string, bands: number): Promise<string> {
  for (const [split, count] of [["train", 6], ["val", 2]] as const) {
    for (const folder of ["images", "masks"]) {
      await mkdir(join(dir, split, folder), { recursive: true });
    }
    for (let i = 0; i < count; i++) {
      const shore = 20 + 5 * i;
      await writeFile(join(dir, split, "images", `${i}.tif`), bandTiff(bands, shore));
      const labels = labelMap(64, 64, (x) => x < shore ? 0 : 1);
      await writeFile(join(dir, split, "masks", `${i}.png`), greyPng(labels));
    }
  }
  const folders = (split: string) => ({ images: `${split}/images`, labels: `${split}/masks` });
  const path = join(dir, "bands.json");
  await writeFile(
    path,
    JSON.stringify({
      name: "bands",
      classes: [{ name: "ground", colour: [120, 80, 30] }, { name: "water", colour: [0, 0, 250] }],
      train: folders("train"),
      val: folders("val"),
    }),
  );
  return path;
}
