import { assert, assertEquals, assertRejects } from "@std/assert";
import { encode } from "fast-png";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { decodeImage, decodeLabels, imageSize } from "../../lib/images/decode.ts";
import { encodeImage, encodeLabels } from "../../lib/images/encode.ts";
import { IGNORE } from "../../lib/images/image.ts";
import { labelMap, pattern, withFolder } from "../data/fixtures.ts";
import { writePng } from "./png_writer.ts";
import { assertSame } from "../same.ts";

Deno.test("decodeImage() gives back what encodeImage() wrote", () =>
  withFolder(async (dir) => {
    const image = pattern(7, 5);
    await writeFile(join(dir, "a.png"), await encodeImage(image));
    assertSame(await decodeImage(join(dir, "a.png")), image);
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

Deno.test("decodeImage() says what is damaged and not how sharp was set when it stops", () =>
  withFolder(async (dir) => {
    const path = join(dir, "damaged.png");
    const bytes = await encodeImage(pattern(64, 64));
    bytes[bytes.length - 14]! ^= 0xff; // the checksum of the last pixels
    await writeFile(path, bytes);
    const { message } = await assertRejects(() => decodeImage(path), SyntaxError, path);
    assert(message.includes('got "damaged or cut-off data"'), message);
  }));

// Every kind of the PNG specification's table 11.1: how many numbers a pixel has and may have.
const kinds = [
  ...([1, 2, 4, 8, 16] as const).map((bits) => ["grey", 0, bits, 1] as const),
  ...([1, 2, 4, 8] as const).map((bits) => ["palette", 3, bits, 1] as const),
  ["grey and alpha", 4, 8, 2],
  ["grey and alpha", 4, 16, 2],
  ["RGB", 2, 8, 3],
  ["RGB", 2, 16, 3],
  ["RGB and alpha", 6, 8, 4],
  ["RGB and alpha", 6, 16, 4],
] as const;

for (const [kind, type, bits, channels] of kinds) {
  for (const interlaced of [false, true]) {
    const how = `${kind} of ${bits} bits${interlaced ? ", interlaced" : ""}`;
    Deno.test(`decodeLabels() is exact when a mask is ${how}`, () =>
      withFolder(async (dir) => {
        const [width, height, most] = [19, 21, 2 ** bits - 1]; // all passes of Adam7, ragged
        const kept = type === 2 || type === 6 ? 3 : 1;
        const wide = bits === 16 && kept === 3; // 8-bit colours, each byte twice
        const values = Array.from(
          { length: width * height * kept },
          (_, i) => (37 * i + (i >> 4)) % ((wide ? 255 : most) + 1),
        );
        const samples = Array.from({ length: width * height }, (_, i) => [
          ...values.slice(i * kept, (i + 1) * kept).map((value) => wide ? 257 * value : value),
          ...(channels > kept ? [most] : []), // opaque
        ]).flat();
        const palette = ["PLTE", new Uint8Array(3 << bits).fill(9)] as const; // equal colours
        const chunks = type === 3 ? [palette] : [];
        const png = writePng({ width, height, bits, type, samples, interlaced, chunks });
        await writeFile(join(dir, "a.png"), png);
        const data = bits === 16 && !wide ? Uint16Array.from(values) : Uint8Array.from(values);
        assertSame(await decodeLabels(join(dir, "a.png")), {
          width,
          height,
          channels: kept,
          data,
        });
      }));
  }
}

Deno.test("decodeLabels() is exact when a mask has a gamma, or a palette with transparency", () =>
  withFolder(async (dir) => {
    const size = { width: 2, height: 1, bits: 8, interlaced: false } as const;
    const gamma = ["gAMA", Uint8Array.of(0, 0, 0x27, 0x10)] as const; // 0.1
    const grey = writePng({ ...size, type: 0, samples: [3, 200], chunks: [gamma] });
    await writeFile(join(dir, "grey.png"), grey);
    assertEquals((await decodeLabels(join(dir, "grey.png"))).data, Uint8Array.of(3, 200));
    const clear = [["PLTE", new Uint8Array(9)], ["tRNS", Uint8Array.of(0, 255, 7)]] as const;
    const palette = writePng({ ...size, type: 3, samples: [2, 0], chunks: clear });
    await writeFile(join(dir, "palette.png"), palette);
    assertEquals((await decodeLabels(join(dir, "palette.png"))).data, Uint8Array.of(2, 0));
  }));

const transparent = [
  ["grey and alpha", { type: 4, bits: 8, samples: [1, 255, 1, 254] }],
  ["grey and alpha of 16 bits", { type: 4, bits: 16, samples: [1, 65535, 1, 65534] }],
  ["RGB and alpha", { type: 6, bits: 8, samples: [1, 2, 3, 255, 0, 0, 0, 0] }],
  ["RGB with a transparent colour", {
    type: 2,
    bits: 8,
    samples: [1, 2, 3, 9, 9, 9],
    chunks: [["tRNS", Uint8Array.of(0, 1, 0, 2, 0, 3)]],
  }],
] as const;

for (const [kind, source] of transparent) {
  Deno.test(`decodeLabels() refuses a mask when a pixel of it is transparent: ${kind}`, () =>
    withFolder(async (dir) => {
      const path = join(dir, "a.png");
      await writeFile(path, writePng({ width: 2, height: 1, interlaced: false, ...source }));
      const error = await assertRejects(() => decodeLabels(path), RangeError, path);
      assert(error.message.includes("got 1 transparent pixel;"), error.message);
      assert(error.message.includes("save the mask without an alpha channel"), error.message);
    }));
}

Deno.test("decodeLabels() refuses colours when 16 bits hold more than 8", () =>
  withFolder(async (dir) => {
    const path = join(dir, "a.png");
    const samples = [257, 514, 1000];
    const size = { width: 1, height: 1, interlaced: false } as const;
    await writeFile(path, writePng({ ...size, type: 2, bits: 16, samples }));
    const error = await assertRejects(() => decodeLabels(path), RangeError, path);
    assert(error.message.includes("got the 16-bit value 1000; save the mask as 8-bit RGB"));
  }));

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

for (const name of ["mask.jpg", "mask.png"]) {
  Deno.test(`decodeLabels() says that labels are smeared when a mask is a JPEG called ${name}`, () =>
    withFolder(async (dir) => {
      const path = join(dir, name);
      const picture = { width: 8, height: 8, channels: 3, background: "#123456" } as const;
      await writeFile(path, await sharp({ create: picture }).jpeg().toBuffer());
      const error = await assertRejects(() => decodeLabels(path), SyntaxError, path);
      assert(error.message.includes("compression smears labels"), error.message);
    }));
}

Deno.test("decodeLabels() says to save masks as PNG when one is of another format", () =>
  withFolder(async (dir) => {
    const path = join(dir, "mask.png");
    await writeFile(path, "not an image");
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

Deno.test("decodeLabels() names the file when a chunk of a palette PNG is cut off", () =>
  withFolder(async (dir) => {
    const path = join(dir, "mask.png");
    const bytes = await encodeLabels(labelMap(64, 64, (x) => x % 5), [[1, 2, 3]]);
    for (const length of [30, 40, bytes.length - 30]) {
      await writeFile(path, bytes.subarray(0, length));
      await assertRejects(() => decodeLabels(path), SyntaxError, path);
    }
  }));

Deno.test("imageSize() gives the size as it is stored", () =>
  withFolder(async (dir) => {
    await writeFile(join(dir, "a.png"), await encodeImage(pattern(7, 5)));
    assertEquals(await imageSize(join(dir, "a.png")), { width: 7, height: 5 });
    await assertRejects(() => imageSize(join(dir, "b.png")), SyntaxError, join(dir, "b.png"));
  }));
