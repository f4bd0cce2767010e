import { assert, assertEquals } from "@std/assert";
import sharp from "sharp";
import { heatColour, heatImage, heatPicture } from "../../lib/report/heat.ts";
import { marked } from "../../lib/report/marked.ts";
import { pattern } from "../data/fixtures.ts";

Deno.test("heatColour() grows lighter from end to end", () => {
  const light = (value: number) => {
    const [r, g, b] = heatColour(value);
    return 0.299 * r + 0.587 * g + 0.114 * b;
  };
  for (let i = 0; i < 50; i++) assert(light((i + 1) / 50) > light(i / 50), `${i}`);
  assertEquals([heatColour(-1), heatColour(2)], [heatColour(0), heatColour(1)]);
});

Deno.test("heatPicture() sets what the colours mean below the panels", async () => {
  const image = heatImage(new Float32Array(300 * 200), [200, 300], pattern(300, 200));
  const panels = [{ title: "a", image }, { title: "b", image }];
  const picture = await heatPicture([panels], { label: "share", ends: ["0", "1"] });
  const { width, height } = await sharp(await picture.png()).metadata();
  assertEquals(width, 2 * 300 + 3 * 8);
  assert(height > 240);
});

Deno.test("marked() draws a ring and leaves its inside as it is", () => {
  const image = pattern(60, 40);
  const { data } = marked(image, { x: 30, y: 20 });
  const at = (x: number, y: number) => [...data.subarray(3 * (60 * y + x), 3 * (60 * y + x) + 3)];
  assertEquals(at(35, 20), [255, 255, 255]);
  assertEquals(at(30, 20), [...image.data.subarray(3 * 1230, 3 * 1230 + 3)]);
});

Deno.test("heatPicture() has room for its label where panels are narrow", async () => {
  const image = { width: 8, height: 8, data: new Uint8Array(192) };
  const ends = ["0", "1"] as const;
  const widths = await Promise.all(["short", "a label ".repeat(30)].map(async (label) => {
    const picture = await heatPicture([[{ title: "a", image }]], { label, ends });
    return (await sharp(await picture.png()).metadata()).width;
  }));
  assert(widths[1]! > widths[0]! && widths[1]! > 1000, `${widths}`);
});
