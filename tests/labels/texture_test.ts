import { assertEquals } from "@std/assert";
import { colourKey } from "../../lib/data/label_table.ts";
import { countMask, damageOf } from "../../lib/labels/texture.ts";
import { resizedSmoothly, sceneLabels, smeared } from "./mask_files.ts";

Deno.test("countMask() counts values, single pixels, and borders with values in between", () => {
  // Rows: a single 9; a blend from 0 over 3 to 6; a sharp border.
  const rows = [
    [0, 0, 0, 0, 6, 6, 6],
    [0, 0, 0, 9, 6, 6, 6],
    [0, 0, 0, 3, 6, 6, 6],
    [0, 0, 0, 0, 6, 6, 6],
  ];
  const raw = { width: 7, height: 4, channels: 1, data: Uint8Array.from(rows.flat()) } as const;
  const { pixels, texture } = countMask(raw);
  assertEquals(Object.fromEntries(pixels), { 0: 14, 3: 1, 6: 12, 9: 1 });
  assertEquals(texture, { borders: 6, isolated: 2, compared: 4, gradual: 1 });
});

Deno.test("countMask() takes colours by all three channels", () => {
  const colours = [[0, 0, 0], [0, 0, 0], [0, 0, 0], [5, 9, 0], [9, 9, 0], [9, 9, 0], [9, 9, 0]];
  const raw = { width: 7, height: 1, channels: 3, data: Uint8Array.from(colours.flat()) } as const;
  const { pixels, texture } = countMask(raw);
  assertEquals([pixels.get(colourKey(5, 9, 0)), pixels.get(colourKey(9, 9, 0))], [1, 3]);
  assertEquals(texture, { borders: 2, isolated: 0, compared: 1, gradual: 1 });
});

Deno.test("damageOf() tells smooth resizing and JPEG from masks as they were drawn", async () => {
  const labels = await sceneLabels(96);
  const damage = (map: typeof labels) => damageOf(countMask({ ...map, channels: 1 }).texture);
  assertEquals(damage(labels), undefined);
  assertEquals(damage(await smeared(labels)), "smeared");
  assertEquals(damage(await resizedSmoothly(labels)), "resized");
});
