import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import sharp from "sharp";
import { comparison, legend } from "../../lib/report/comparison.ts";
import { agreementMap, classesIn, faded, overlay } from "../../lib/report/overlay.ts";

const image = { width: 2, height: 1, data: new Uint8Array([100, 101, 102, 10, 20, 30]) };
const labels = { width: 2, height: 1, data: new Uint8Array([1, 255]) };
const palette = [[0, 0, 0], [200, 0, 255]] as const;
const key = { classes: ["road", "sky & <clouds>"], palette };

Deno.test("overlay() mixes colours and shows the image where there is no class", () => {
  const mixed = overlay(image, labels, palette);
  assertEquals([...mixed.data], [150, 51, 179, 10, 20, 30]); // 50.5 and 178.5 round up
  assertEquals([...overlay(image, labels, palette, 1).data], [200, 0, 255, 10, 20, 30]);
  assertEquals([...overlay(image, labels, palette, 0).data], [...image.data]);
  assertEquals([...image.data], [100, 101, 102, 10, 20, 30]);
});

Deno.test("overlay() refuses labels of another size and classes without a colour", () => {
  const wide = { ...labels, width: 3 };
  assertThrows(() => overlay(image, wide, palette), RangeError, "2×1 as it is, got 3×1");
  const error = "needs a colour for class 1, got 1 colours";
  assertThrows(() => overlay(image, labels, palette.slice(0, 1)), RangeError, error);
});

Deno.test("classesIn() gives what occurs in any of the maps, without 255", () => {
  assertEquals(classesIn([labels, { ...labels, data: new Uint8Array([7, 0]) }]), [0, 1, 7]);
});

Deno.test("comparison() puts panels side by side, enlarged by a whole factor", async () => {
  const panels = [{ title: "image", image }, { title: "prediction", image, labels }];
  const picture = await comparison([panels, panels], key);
  const { data, info } = await sharp(await picture.png()).raw().toBuffer({
    resolveWithObject: true,
  });
  assertEquals(info.width, 8 + 2 * (240 + 8)); // 2 pixels become 240
  const at = (x: number, y: number) => [...data.subarray(3 * (y * info.width + x)).subarray(0, 3)];
  const titleHeight = 22; // 1.7 times 13, the font's size
  assertEquals(at(9, titleHeight + 1), [100, 101, 102]);
  assertEquals(at(8 + 239, titleHeight + 1), [10, 20, 30]);
  assertEquals(at(8 + 248, titleHeight + 1), [150, 51, 179]);
  assertEquals(at(8 + 248, titleHeight + 120 + 8 + titleHeight + 1), [150, 51, 179]);
  assertEquals(at(4, titleHeight + 1), [255, 255, 255]);
});

Deno.test("comparison() and legend() refuse a class that has no name", async () => {
  const short = { classes: ["road"], palette };
  const panels = [[{ title: "prediction", image, labels }]];
  await assertRejects(() => comparison(panels, short), RangeError, "needs names and colours of 2");
  await assertRejects(() => comparison([], key), RangeError, "at least one, got none");
  const two = { classes: ["road", "sky"], palette: palette.slice(0, 1) };
  await assertRejects(() => legend(two), RangeError, "2 names and 1 colours");
});

Deno.test("Photograph saves by extension and shows itself in a notebook", async () => {
  const folder = await Deno.makeTempDir({ prefix: "seglab-" });
  try {
    const picture = await legend(key);
    for (const [file, format] of [["a.png", "png"], ["a.jpg", "jpeg"]] as const) {
      await picture.save(join(folder, file));
      const { width, format: read } = await sharp(await readFile(join(folder, file))).metadata();
      assertEquals([width, read], [640, format]);
    }
    await assertRejects(() => picture.save(join(folder, "a.gif")), RangeError, "to end in .png");
    const show = picture as unknown as Record<symbol, () => Promise<Record<string, string>>>;
    const shown = (await show[Symbol.for("Jupyter.display")]!())["image/jpeg"] ?? "";
    const { width, format } = await sharp(Buffer.from(shown, "base64")).metadata();
    assertEquals([width, format], [640, "jpeg"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const map = (...values: number[]) => ({
  width: values.length,
  height: 1,
  data: Uint8Array.from(values),
});

Deno.test("agreementMap() says which of two predictions is right where one is wrong", () => {
  const labels = map(3, 3, 3, 3, 255);
  assertEquals(
    agreementMap(labels, map(3, 3, 1, 1, 1), map(3, 0, 3, 2, 3)),
    map(255, 0, 1, 2, 255),
  );
});

Deno.test("agreementMap() refuses a prediction of another size", () => {
  assertThrows(
    () => agreementMap(map(1, 2), map(1, 2), map(1, 2, 3)),
    RangeError,
    "size 2×1, got 3×1",
  );
});

Deno.test("faded() keeps the order of greys and is never dark", () => {
  const image = { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 255, 0, 255) };
  assertEquals([...faded(image).data], [170, 170, 170, 227, 227, 227]);
});

Deno.test("legend() draws any name, of characters too that XML has no way to write", async () => {
  for (const name of ["]]>", "a & <b>", "\u0000\u001b[2J", "\ufffe", "\ud800"]) {
    await legend({ classes: [name], palette: [[1, 2, 3]] });
  }
});

Deno.test("legend() and titles grow with wide pictures and are as ever in others", async () => {
  const heightOf = async (width: number) => {
    return (await sharp(await (await legend(key, width)).png()).metadata()).height;
  };
  assertEquals([await heightOf(640), await heightOf(840)], [30, 30]);
  assertEquals(await heightOf(4000), 101); // letters of 4000 / 60 pixels, two gaps of a quarter of them
  const wide = { width: 4000, height: 10, data: new Uint8Array(3 * 4000 * 10) };
  const { info } = await sharp(
    await (await comparison([[{ title: "image", image: wide }]], key)).png(),
  )
    .raw().toBuffer({ resolveWithObject: true });
  assertEquals(info.width, 4000 + 2 * 25); // titles of 100 pixels, gaps of 25
});
