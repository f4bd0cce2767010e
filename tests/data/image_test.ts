import { assert, assertEquals, assertRejects } from "@std/assert";
import { encode } from "fast-png";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { IGNORE } from "../../lib/data/dataset.ts";
import { decodeImage, decodeLabels, encodeImage } from "../../lib/data/image.ts";
import { encodeLabels } from "../../lib/data/label_png.ts";
import { labelMap, pattern, withFolder } from "./fixtures.ts";

Deno.test("decodeImage() gives back what encodeImage() wrote", () =>
  withFolder(async (dir) => {
    const image = pattern(7, 5);
    await writeFile(join(dir, "a.png"), await encodeImage(image));
    assertEquals(await decodeImage(join(dir, "a.png")), image);
  }));

Deno.test("decodeImage() expands grey and drops alpha when a file has them", () =>
  withFolder(async (dir) => {
    const data = Uint8Array.of(10, 255, 200, 0);
    await writeFile(join(dir, "a.png"), encode({ width: 2, height: 1, data, channels: 2 }));
    const { data: pixels } = await decodeImage(join(dir, "a.png"));
    assertEquals(pixels, Uint8Array.of(10, 10, 10, 200, 200, 200));
  }));

Deno.test("decodeImage() turns the image when EXIF says so", () =>
  withFolder(async (dir) => {
    const { data, width, height } = pattern(3, 2);
    await sharp(data, { raw: { width, height, channels: 3 } })
      .withMetadata({ orientation: 6 }).png().toFile(join(dir, "a.png"));
    const turned = await decodeImage(join(dir, "a.png"));
    assertEquals([turned.width, turned.height], [2, 3]);
    assertEquals(turned.data.slice(3, 6), data.slice(0, 3)); // top left went to top right
  }));

Deno.test("decodeImage() names the file when it is cut off", () =>
  withFolder(async (dir) => {
    const path = join(dir, "cut.png");
    const bytes = await encodeImage(pattern(64, 64));
    await writeFile(path, bytes.subarray(0, bytes.length / 2));
    const error = await assertRejects(() => decodeImage(path), SyntaxError, path);
    assert(error.message.startsWith("Cannot decode "));
    assert(error.message.includes("leave it out (in a data set with its partner)"));
  }));

Deno.test("decodeLabels() is exact for all 8-bit grey values", () =>
  withFolder(async (dir) => {
    const labels = labelMap(32, 8, (x, y) => 32 * y + x);
    await writeFile(join(dir, "a.png"), encode({ ...labels, channels: 1 }));
    assertEquals(await decodeLabels(join(dir, "a.png")), { ...labels, channels: 1 });
  }));

Deno.test("decodeLabels() is exact for 16-bit grey", () =>
  withFolder(async (dir) => {
    const data = Uint16Array.from({ length: 64 }, (_, i) => i === 0 ? 65535 : 1021 * i);
    await writeFile(
      join(dir, "a.png"),
      encode({ width: 8, height: 8, data, channels: 1, depth: 16 }),
    );
    assertEquals((await decodeLabels(join(dir, "a.png"))).data, data);
  }));

for (const bits of [1, 2, 4] as const) {
  Deno.test(`decodeLabels() is exact for palette indices and grey of ${bits} bits`, () =>
    withFolder(async (dir) => {
      const [width, height] = [5, 3];
      const values = labelMap(width, height, (x, y) => (x + 3 * y) % (1 << bits)).data;
      const stride = Math.ceil(width * bits / 8);
      const packed = new Uint8Array(stride * height);
      values.forEach((value, i) => {
        const bit = (i % width) * bits;
        const at = Math.floor(i / width) * stride + (bit >> 3);
        packed[at]! |= value << (8 - bits - (bit & 7));
      });
      const png = { width, height, data: packed, channels: 1, depth: bits };
      const palette = Array.from({ length: 1 << bits }, () => [9, 9, 9]); // equal colours
      await writeFile(join(dir, "palette.png"), encode({ ...png, palette }));
      await writeFile(join(dir, "grey.png"), encode(png));
      assertEquals((await decodeLabels(join(dir, "palette.png"))).data, values);
      assertEquals((await decodeLabels(join(dir, "grey.png"))).data, values);
    }));
}

Deno.test("decodeLabels() gives back what encodeLabels() wrote, as indices of a colour PNG", () =>
  withFolder(async (dir) => {
    const labels = labelMap(6, 4, (x, y) => x === 5 ? IGNORE : (x + y) % 3);
    const path = join(dir, "a.png");
    await writeFile(path, await encodeLabels(labels, [[255, 0, 0], [0, 255, 0], [0, 0, 255]]));
    assertEquals(await decodeLabels(path), { ...labels, channels: 1 });
    const { data } = await decodeImage(path);
    assertEquals(data.slice(0, 9), Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255));
    assertEquals(data.slice(15, 18), new Uint8Array(3));
  }));

Deno.test("decodeLabels() keeps three channels when a mask is RGB", () =>
  withFolder(async (dir) => {
    await writeFile(join(dir, "a.png"), await encodeImage(pattern(4, 3)));
    assertEquals(await decodeLabels(join(dir, "a.png")), { ...pattern(4, 3), channels: 3 });
  }));

Deno.test("decodeLabels() says to save PNG when a mask is a JPEG", () =>
  withFolder(async (dir) => {
    const path = join(dir, "mask.jpg");
    await sharp({ create: { width: 8, height: 8, channels: 3, background: "#123456" } }).toFile(
      path,
    );
    await assertRejects(() => decodeLabels(path), SyntaxError, "save masks as PNG");
  }));

Deno.test("decodeLabels() names the file when a palette PNG is damaged", () =>
  withFolder(async (dir) => {
    const path = join(dir, "mask.png");
    const bytes = await encodeLabels(labelMap(64, 64, (x) => x % 5), [[1, 2, 3]]);
    bytes[bytes.length - 20]! ^= 0xff;
    await writeFile(path, bytes);
    await assertRejects(() => decodeLabels(path), SyntaxError, path);
  }));
