import { assertEquals } from "@std/assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeGrey } from "../../lib/data/grey_png.ts";
import { decodeLabels } from "../../lib/data/image.ts";
import { pngHeader } from "../../lib/data/png.ts";
import { labelMap, withFolder } from "./fixtures.ts";

Deno.test("encodeGrey() keeps every value in one channel of 8 bits", () =>
  withFolder(async (dir) => {
    const labels = labelMap(32, 8, (x, y) => 32 * y + x); // 0 to 255
    const png = await encodeGrey(labels);
    assertEquals(pngHeader(png), { width: 32, height: 8, bits: 8, type: 0 });
    const file = join(dir, "grey.png");
    await writeFile(file, png);
    assertEquals(await decodeLabels(file), { ...labels, channels: 1 });
  }));
