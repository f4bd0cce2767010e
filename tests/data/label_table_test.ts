import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { checkSizes, classify, colourKey } from "../../lib/data/label_table.ts";
import { IGNORE } from "../../lib/images/image.ts";
import { pattern } from "./fixtures.ts";

const table = new Map([[7, 0], [8, 1], [300, 2], [0, IGNORE]]);

Deno.test("classify() maps values to classes when all are in the table", () => {
  const raw = {
    width: 3,
    height: 2,
    channels: 1,
    data: Uint16Array.of(7, 300, 0, 8, 8, 7),
  } as const;
  assertEquals(classify(raw, table, "a.png").data, Uint8Array.of(0, 2, 255, 1, 1, 0));
});

Deno.test("classify() maps colours to classes when a mask is RGB", () => {
  const colours = new Map([[colourKey(1, 2, 3), 0], [colourKey(255, 0, 9), 1]]);
  const data = Uint8Array.of(255, 0, 9, 1, 2, 3);
  const raw = { width: 2, height: 1, channels: 3, data } as const;
  assertEquals(classify(raw, colours, "a.png").data, Uint8Array.of(1, 0));
});

Deno.test("classify() names file, values and pixels when labels are outside", () => {
  const raw = { width: 5, height: 1, channels: 1, data: Uint8Array.of(7, 9, 12, 12, 8) } as const;
  const { message } = assertThrows(() => classify(raw, table, "masks/x.png"), RangeError);
  assertStringIncludes(message, "masks/x.png");
  assertStringIncludes(message, "(7, 8, 300, 0)");
  assertStringIncludes(message, "got value 12 in 2 pixels, value 9 in 1 pixel");
});

Deno.test("classify() lists five colours and their number when many are outside", () => {
  const raw = { ...pattern(4, 2), channels: 3 } as const;
  const { message } = assertThrows(() => classify(raw, new Map([[0, 0]]), "m.png"), RangeError);
  assertStringIncludes(message, "colour (0, 101, 202) in 1 pixel");
  assertStringIncludes(message, "(8 in all)");
});

Deno.test("checkSizes() says both sizes and both files when a mask does not fit", () => {
  const raw = { width: 4, height: 6, channels: 1, data: new Uint8Array(24) } as const;
  const { message } = assertThrows(
    () => checkSizes(pattern(4, 5), "i/a.jpg", raw, "l/a.png"),
    RangeError,
  );
  for (const part of ["i/a.jpg", "l/a.png", "4×5", "4×6"]) assertStringIncludes(message, part);
});
