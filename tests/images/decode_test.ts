import { assert, assertEquals, assertRejects } from "@std/assert";
import { encode } from "fast-png";
import { Buffer } from "node:buffer";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { decodeImage, decodeLabels, imageSize } from "../../lib/images/decode.ts";
import { encodeImage, encodeLabels } from "../../lib/images/encode.ts";
import { IGNORE } from "../../lib/images/image.ts";
import { labelMap, pattern, withFolder } from "../data/fixtures.ts";
import { orientationChunk, writePng } from "./png_writer.ts";
import { type TiffSource, writeTiff } from "./tiff_writer.ts";
import { assertSame } from "../same.ts";

Deno.test("decodeImage() gives back what encodeImage() wrote", () =>
  withFolder(async (dir) => {
    const image = pattern(7, 5);
    await writeFile(join(dir, "a.png"), await encodeImage(image));
    assertSame(await decodeImage(join(dir, "a.png")), image);
  }));

Deno.test("decodeImage() reads a file anew when it has changed", () =>
  withFolder(async (dir) => {
    const path = join(dir, "a.png");
    for (const [width, height] of [[7, 5], [9, 4]] as const) {
      await writeFile(path, await encodeImage(pattern(width, height)));
      assertEquals(await decodeImage(path), pattern(width, height));
    }
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

Deno.test("decodeImage() leaves the image as it is stored when EXIF is to be ignored", () =>
  withFolder(async (dir) => {
    const image = pattern(3, 2);
    const raw = { width: 3, height: 2, channels: 3 } as const;
    const path = join(dir, "a.png");
    await sharp(image.data, { raw }).withMetadata({ orientation: 6 }).png().toFile(path);
    assertEquals(await decodeImage(path, { exif: "ignore" }), image);
  }));

Deno.test("decodeImage() mixes CMYK as PIL does", () =>
  withFolder(async (dir) => {
    const samples = Array.from({ length: 4 * 64 }, (_, i) => (i * 37 + (i >> 3) * 11) % 256);
    const size = { width: 8, height: 8, bits: 8, format: 1 } as const;
    await writeFile(join(dir, "a.tif"), writeTiff({ ...size, colours: 5, samples }));
    const { data } = await decodeImage(join(dir, "a.tif"));
    // PIL 12.3: numpy.array(Image.open("a.tif").convert("RGB")).ravel()[:12]
    assertEquals([...data.slice(0, 12)], [144, 123, 102, 106, 69, 33, 74, 61, 47, 44, 15, 188]);
  }));

Deno.test("decodeImage() keeps the upper 8 of 16 bits", () =>
  withFolder(async (dir) => {
    const samples = [0, 0x1234, 0xffff];
    const size = { width: 3, height: 1, bits: 16, format: 1, colours: 1 } as const;
    await writeFile(join(dir, "a.tif"), writeTiff({ ...size, samples }));
    const { data } = await decodeImage(join(dir, "a.tif"));
    assertEquals([...data], [0, 0, 0, 0x12, 0x12, 0x12, 255, 255, 255]);
  }));

const rangeless = [
  ["32-bit floats", { bits: 32, format: 3 }],
  ["32-bit integers", { bits: 32, format: 2 }],
  ["32-bit integers", { bits: 32, format: 1 }],
  ["16-bit integers", { bits: 16, format: 2 }],
] as const satisfies readonly (readonly [string, Pick<TiffSource, "bits" | "format">])[];

for (const [kind, how] of rangeless) {
  Deno.test(`decodeImage() refuses a photo when its samples are ${kind}, format ${how.format}`, () =>
    withFolder(async (dir) => {
      const path = join(dir, "a.tif");
      const size = { width: 2, height: 1, colours: 1 } as const;
      await writeFile(path, writeTiff({ ...size, ...how, samples: [0, 1] }));
      const error = await assertRejects(() => decodeImage(path), RangeError, path);
      assert(error.message.includes(`got ${kind}`), error.message);
      assert(error.message.includes("save the image as 8-bit PNG"), error.message);
    }));
}

Deno.test("decodeImage() says size and memory when a file has too many pixels, and can be told to", () =>
  withFolder(async (dir) => {
    const path = join(dir, "a.png");
    await writeFile(path, await encodeImage(pattern(20, 10)));
    const { message } = await assertRejects(
      () => decodeImage(path, { maxPixels: 199 }),
      RangeError,
    );
    assert(
      message.includes("at most 199 pixels needed, got 20×10, which are 200 and take 600 bytes"),
    );
    assertEquals((await decodeImage(path, { maxPixels: 200 })).width, 20);
    const wide = writePng({ ...HUGE, type: 2, samples: [], interlaced: false });
    await writeFile(path, Buffer.concat([wide, new Uint8Array(1.2e6)]));
    const huge = await assertRejects(() => decodeImage(path), RangeError);
    assert(
      huge.message.includes("at most 268,402,689 pixels needed, got 20000×20000"),
      huge.message,
    );
    assert(huge.message.includes("take 1.2 GB of memory"), huge.message);
  }));

const HUGE = { width: 20000, height: 20000, bits: 8 } as const;

Deno.test("decodeLabels() refuses more than memory should hold, by the header alone", () =>
  withFolder(async (dir) => {
    const path = join(dir, "a.png");
    const size = { width: 11000, height: 11000, interlaced: false, samples: [] } as const;
    const png = writePng({ ...size, bits: 16, type: 2 });
    await writeFile(path, Buffer.concat([png, new Uint8Array(1e6)]));
    const error = await assertRejects(() => decodeLabels(path), RangeError, path);
    assert(error.message.includes("take 1.21 GB of memory"), error.message);
  }));

Deno.test("decodeImage() says so when a file is empty or not there", () =>
  withFolder(async (dir) => {
    const path = join(dir, "a.png");
    await assertRejects(() => decodeImage(path), SyntaxError, 'got "no such file"');
    await writeFile(path, "");
    await assertRejects(() => decodeImage(path), SyntaxError, 'got "an empty file"');
    await assertRejects(() => decodeLabels(path), SyntaxError, path);
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

// The first bytes of files that PIL 12.3 saved.
const formats = [
  ["BMP", "BM6\0\0\0\0\0\0\0(\0\0\0"],
  ["JPEG 2000", "\0\0\0\x0cjP  \r\n\x87\n"],
  ["PNM", "P6\n1 1\n255\n"],
] as const;

for (const [format, head] of formats) {
  Deno.test(`decodeImage() and decodeLabels() name the format when a file is a ${format}`, () =>
    withFolder(async (dir) => {
      const path = join(dir, "a.png");
      await writeFile(path, Uint8Array.from([...head, ..."1".repeat(90)], (c) => c.charCodeAt(0)));
      const photo = await assertRejects(() => decodeImage(path), SyntaxError, path);
      assert(photo.message.includes(`got a ${format}; save it as PNG`), photo.message);
      assert(photo.message.includes("JPEG, PNG, WebP, TIFF, AVIF, GIF"), photo.message);
      const mask = await assertRejects(() => decodeLabels(path), SyntaxError, path);
      assert(mask.message.includes(`got a ${format}; save masks as PNG`), mask.message);
    }));
}

Deno.test("decodeLabels() names the format when a mask is a TIFF or a GIF", () =>
  withFolder(async (dir) => {
    const size = { width: 2, height: 1, bits: 8, format: 1, colours: 1 } as const;
    const gif = await sharp({ create: { ...size, channels: 3, background: "#fff" } }).gif()
      .toBuffer();
    for (
      const [format, file] of [["TIFF", writeTiff({ ...size, samples: [0, 1] })], [
        "GIF",
        gif,
      ]] as const
    ) {
      await writeFile(join(dir, "a.png"), file);
      const read = () => decodeLabels(join(dir, "a.png"));
      await assertRejects(read, SyntaxError, `got a ${format}; save masks as PNG`);
    }
  }));

Deno.test("decodeLabels() turns a mask when EXIF says so and is to be applied", () =>
  withFolder(async (dir) => {
    const path = join(dir, "a.png");
    for (const [type, bits] of [[0, 2], [0, 8], [0, 16], [3, 4]] as const) {
      const palette = type === 3 ? [["PLTE", new Uint8Array(3 << bits)] as const] : [];
      const chunks = [...palette, orientationChunk(6)];
      const samples = [0, 1, 2, 3, 2, 1]; // 0 1 2 over 3 2 1
      const size = { width: 3, height: 2, bits, type, interlaced: false } as const;
      await writeFile(path, writePng({ ...size, samples, chunks }));
      assertEquals([...(await decodeLabels(path)).data], samples);
      const turned = await decodeLabels(path, { exif: "apply" });
      assertEquals([turned.width, turned.height], [2, 3]);
      assertEquals([...turned.data], [3, 0, 2, 1, 1, 2]); // the first column is the lower row
    }
  }));

Deno.test("decodeImage() and decodeLabels() refuse a PNG of more pixels than its bytes can hold", () =>
  withFolder(async (dir) => {
    const path = join(dir, "a.png");
    const side = { width: 2 ** 23, height: 12, interlaced: false, samples: [] } as const;
    await writeFile(path, writePng({ ...side, bits: 8, type: 4 }));
    for (const decode of [decodeImage, decodeLabels]) {
      await assertRejects(() => decode(path), SyntaxError, "a damaged or cut-off file of 65 bytes");
    }
    // As alike as pixels can be, a file holds a thousand times its bytes.
    const zeros = { width: 4000, height: 1000, bits: 1, type: 0, interlaced: false } as const;
    await writeFile(path, writePng({ ...zeros, samples: new Uint8Array(4e6) }));
    assertEquals((await decodeLabels(path)).data.length, 4e6);
  }));

const illegal = [
  ["29 bits of a palette", { at: 24, bytes: [29] }],
  ["16 bits of a palette", { at: 24, bytes: [16] }],
  ["no bits", { at: 24, bytes: [0] }],
  ["an unknown type", { at: 25, bytes: [5] }],
  ["no width", { at: 16, bytes: [0, 0, 0, 0] }],
  ["a height above 2^31", { at: 20, bytes: [255, 255, 255, 255] }],
] as const;

for (const [what, { at, bytes }] of illegal) {
  Deno.test(`decodeLabels() refuses a header when it says ${what}`, () =>
    withFolder(async (dir) => {
      const path = join(dir, "a.png");
      const png = await encodeLabels(labelMap(4, 4, (x) => x), [[1, 2, 3]]);
      png.set(bytes, at);
      await writeFile(path, png);
      await assertRejects(
        () => decodeLabels(path),
        SyntaxError,
        `Cannot decode ${path}: needs the`,
      );
    }));
}

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
