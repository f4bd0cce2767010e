import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { attentionMaps } from "../../lib/analysis/attention_maps.ts";
import { pattern, withFolder } from "../data/fixtures.ts";
import { openedVariant } from "./opened.ts";

const segmenter = openedVariant("Seg-T-Mask/16");
const segformer = openedVariant("SegFormer-B0");
const picture = pattern(96, 64); // seen as 48 × 32
const sumOf = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0);

Deno.test("attentionMaps() shares a token's attention out, wherever it stands", async () => {
  const cases = [
    { model: segmenter, options: { token: "class token", head: "all" } },
    { model: segmenter, options: { token: "car" } },
    { model: segmenter, options: { at: { x: 95, y: 63 } } },
    { model: segmenter, options: { rollout: "max" } },
    { model: segformer, options: { at: { x: 0, y: 0 }, head: 0 } },
  ] as const;
  for (const { model, options } of cases) {
    const { found: [{ maps }] } = await attentionMaps(model, [picture], options) as unknown as {
      found: [{ maps: Awaited<ReturnType<typeof attentionMaps>>["found"][number]["maps"] }];
    };
    assert(maps.length > 0);
    for (const { map, elsewhere } of maps) assertAlmostEquals(sumOf(map.data) + elsewhere, 1, 1e-5);
  }
});

Deno.test("attentionMaps() shows four layers of the encoder and the last of the decoder", async () => {
  const { from, found } = await attentionMaps(segmenter, [picture], { at: { x: 50, y: 20 } });
  const layers = found[0]!.maps.map(({ layer, head, map }) => [layer, head, ...map.shape]);
  assertEquals(layers, [
    ...[0, 4, 7, 11].map((i) => [`encoder.${i}`, "mean", 2, 3]),
    ["decoder.1", "mean", 2, 3],
  ]);
  assertEquals([from, found[0]!.ring], ["patch at 50, 20", { x: 25, y: 10 }]);
});

Deno.test("attentionMaps() gives the mean and all heads of a layer of reduced keys", async () => {
  const { found } = await attentionMaps(segformer, [picture], { layer: 2, head: "all" });
  const [mean, ...heads] = found[0]!.maps;
  assertEquals(found[0]!.maps.map(({ head }) => head), ["mean", 0, 1]);
  assertEquals([mean!.map.shape, mean!.side], [[1, 1], 32]); // 4 × 6 cells of 8 pixels by 4
  const sum = heads.reduce((total, { map }) => total + map.data[0]!, 0);
  assertAlmostEquals(sum / heads.length, mean!.map.data[0]!, 1e-6);
});

Deno.test("attentionMaps() is written as JSON and one picture for each image", () =>
  withFolder(async (dir) => {
    const done: number[] = [];
    const finding = await attentionMaps(segmenter, [picture, pattern(64, 64)], {
      layer: "encoder.1",
      onProgress: (progress) => done.push(progress.done),
    });
    assertEquals(done, [0, 1, 2]);
    await finding.save(dir);
    const names = ["attention.json", "attention_image_1.png", "attention_image_2.png"];
    assertEquals((await readdir(dir)).sort(), names);
    const { pictures } = JSON.parse(await readFile(join(dir, "attention.json"), "utf8"));
    assertEquals(pictures[0].maps[0].shares.length, 2);
  }));

Deno.test("attentionMaps() lists what there is when something else is asked for", async () => {
  const cases = [
    [
      segmenter,
      { layer: "encoder.12" },
      'encoder.11, decoder.0, decoder.1 needed, got "encoder.12"',
    ],
    [segmenter, { head: 3 }, "one of the heads 0 to 2 needed in encoder.0, got 3"],
    [segmenter, { at: { x: 96, y: 0 } }, "from 0, 0 to 95, 63 needed, got 96, 0"],
    [segmenter, { token: "dog" }, 'class token, sky, road, car needed, got "dog"'],
    [
      openedVariant("Seg-T/16"),
      { token: "car" },
      'one of the tokens class token needed, got "car"',
    ],
    [segmenter, { token: "car", layer: 3 }, 'decoder.0, decoder.1 needed for the token "car"'],
    [segformer, { token: "class token" }, 'a pixel needed, got "class token"'],
    [segformer, { rollout: "mean" }, "encoder.0 with a stride of 4 pixels and keys reduced by 8"],
    [openedVariant("FCN-R18"), {}, "a network with attention needed, got FCN-R18"],
    [segmenter, { side: 8 }, "a side of the pictures from 16 pixels on needed, got 8"],
  ] as const;
  for (const [model, options, text] of cases) {
    await assertRejects(() => attentionMaps(model, [picture], options), RangeError, text);
  }
  await assertRejects(() => attentionMaps(segmenter, []), RangeError, "at least one picture");
});
