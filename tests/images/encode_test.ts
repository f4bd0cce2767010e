import { assertEquals } from "@std/assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeLabels } from "../../lib/images/decode.ts";
import { encodeGrey } from "../../lib/images/encode.ts";
import { pngHeader } from "../../lib/images/png.ts";
import { labelMap, withFolder } from "../data/fixtures.ts";
import { assertSame } from "../same.ts";

Deno.test("encodeGrey() keeps every value in one channel of 8 bits", () =>
  withFolder(async (dir) => {
    const labels = labelMap(32, 8, (x, y) => 32 * y + x); // 0 to 255
    const png = await encodeGrey(labels);
    assertEquals(pngHeader(png), { width: 32, height: 8, bits: 8, type: 0 });
    const file = join(dir, "grey.png");
    await writeFile(file, png);
    assertSame(await decodeLabels(file), { ...labels, channels: 1 });
  }));
