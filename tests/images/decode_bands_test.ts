import { assert, assertEquals, assertRejects } from "@std/assert";
import { encode } from "fast-png";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage, decodePhoto } from "../../lib/images/decode.ts";
import type { Bands } from "../../lib/images/image.ts";
import { openPicture } from "../../lib/images/picture_file.ts";
import type { Reading } from "../../lib/images/reading.ts";
import { withFolder } from "../data/fixtures.ts";
import { type TiffSource, writeTiff } from "./tiff_writer.ts";

/** The pixels of a file's bytes. */
async function decoded(bytes: Uint8Array, ending: string, reading: Reading): Promise<Bands> {
  let image: Bands | null = null;
  await withFolder(async (dir) => {
    const path = join(dir, `a.${ending}`);
    await writeFile(path, bytes);
    image = (await decodePhoto(await openPicture(path), reading)).image as Bands;
  });
  return image!;
}

const small = { width: 2, height: 1, bits: 16, format: 1, colours: 1 } as const;

for (const [kind, channels] of [["grey", 1], ["RGB", 3], ["RGB with alpha", 4]] as const) {
  Deno.test(`decodePhoto() keeps 16-bit samples of a ${kind} PNG when it is told its channels`, async () => {
    const data = Uint16Array.from({ length: 2 * channels }, (_, i) => 1 + 4097 * i);
    const png = encode({ width: 2, height: 1, data, channels, depth: 16 });
    const image = await decoded(png, "png", { channels });
    assertEquals(image, { width: 2, height: 1, channels, data: Float32Array.from(data) });
  });
}

Deno.test("decodePhoto() leaves out a PNG's alpha channel when it is one too many", async () => {
  const data = Uint16Array.of(1000, 65535, 2000, 65535);
  const png = encode({ width: 2, height: 1, data, channels: 2, depth: 16 });
  assertEquals((await decoded(png, "png", { channels: 1 })).data, Float32Array.of(1000, 2000));
});

for (
  const [kind, colours, channels] of [["grey", 1, 1], ["RGB", 2, 3], ["12 bands", 1, 12]] as const
) {
  Deno.test(`decodePhoto() keeps 16-bit samples of a TIFF of ${kind}`, async () => {
    const samples = Array.from({ length: 2 * channels }, (_, i) => 65535 - 2731 * i);
    const tiff = writeTiff({ ...small, colours, channels, samples });
    const image = await decoded(tiff, "tif", { channels });
    assertEquals(image, { width: 2, height: 1, channels, data: Float32Array.from(samples) });
  });
}

Deno.test("decodePhoto() gives floats as they are, and NaN where a TIFF has no data", async () => {
  const samples = [0.25, -9999, -3.5, 1e6];
  const source: TiffSource = { ...small, bits: 32, format: 3, channels: 2, samples };
  const { data } = await decoded(writeTiff({ ...source, noData: "-9999" }), "tif", { channels: 2 });
  assertEquals(data, Float32Array.of(0.25, NaN, -3.5, 1e6));
});

const refused: readonly (readonly [string, number, Reading, string])[] = [
  ["another number of bands", 5, { channels: 4 }, "needs 4 bands, as the network or the other"],
  ["more than 16 bands", 17, { channels: 17 }, "needs at most 16 bands, got 17"],
  ["bands for RGB", 5, {}, "needs grey or RGB, with an alpha channel or without"],
];
for (const [kind, channels, reading, message] of refused) {
  Deno.test(`decodePhoto() refuses ${kind} with the file's name`, async () => {
    const samples = Array(2 * channels).fill(7);
    const tiff = writeTiff({ ...small, channels, samples });
    const error = await assertRejects(() => decoded(tiff, "tif", reading), RangeError);
    assert(error.message.includes("a.tif: " + message), error.message);
  });
}

Deno.test("decodePhoto() refuses a turned TIFF of bands unless EXIF is ignored", async () => {
  const tiff = writeTiff({ ...small, channels: 5, samples: Array(10).fill(7), orientation: 6 });
  await assertRejects(() => decoded(tiff, "tif", { channels: 5 }), RangeError, "stored upright");
  assertEquals((await decoded(tiff, "tif", { channels: 5, exif: "ignore" })).width, 2);
});

Deno.test("decodePhoto() names the file when a TIFF of bands is cut off", async () => {
  const tiff = writeTiff({
    ...small,
    width: 64,
    height: 64,
    channels: 5,
    samples: Array(5 * 64 * 64).fill(1),
  });
  // The directory, which lies behind the pixels, now points beyond the file.
  const header = tiff.slice(0, tiff.length - 4);
  await assertRejects(() => decoded(header.subarray(0, 4000), "tif", { channels: 5 }), SyntaxError);
});

Deno.test("decodeImage() reads a TIFF of RGB and one further band as it did: an alpha channel", () =>
  withFolder(async (dir) => {
    const tiff = writeTiff({
      ...small,
      bits: 8,
      colours: 2,
      channels: 4,
      samples: [1, 2, 3, 4, 5, 6, 7, 8],
    });
    await writeFile(join(dir, "a.tif"), tiff);
    assertEquals((await decodeImage(join(dir, "a.tif"))).data, Uint8Array.of(1, 2, 3, 5, 6, 7));
  }));
