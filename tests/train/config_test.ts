import { assertEquals } from "@std/assert";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { repository } from "../../experiments/commands/paths.ts";
import { normalizations } from "../../lib/families/recipe.ts";
import {
  augmentationOf,
  savedConfig,
  type TrainConfig,
  trainConfigSchema,
} from "../../lib/train/config.ts";

const committed = join(repository, "results/accuracy_vs_speed/t-mask-16-s1/config.json");

Deno.test("written() leaves a config of an earlier version as it was", async () => {
  const { schema: _, experiment: __, run: ___, data: ____, ...before } = JSON.parse(
    await readFile(committed, "utf8"),
  );
  const config = trainConfigSchema.parse(before);
  assertEquals([config.base, config.warmupRatio, config.lossMean], [null, null, "labelled"]);
  assertEquals(savedConfig(config), before);
});

Deno.test("written() keeps what differs from the defaults", async () => {
  const config = trainConfigSchema.parse(JSON.parse(await readFile(committed, "utf8")));
  const other: TrainConfig = { ...config, base: { long: 2048, short: 512 }, lossMean: "all" };
  assertEquals(savedConfig(other).base, { long: 2048, short: 512 });
  assertEquals(trainConfigSchema.parse(savedConfig(other)), other);
});

Deno.test("normalizations are mmseg's statistics, and Segmenter's rounded ones", () => {
  assertEquals(normalizations.imagenet.mean, [123.675, 116.28, 103.53]);
  assertEquals(normalizations.imagenet.std, [58.395, 57.12, 57.375]);
  assertEquals(normalizations.deit.mean, [123.67, 116.28, 103.53]);
});

Deno.test("augmentationOf() hands the box on", async () => {
  const config = trainConfigSchema.parse(JSON.parse(await readFile(committed, "utf8")));
  const base = { long: 520, short: 520 };
  assertEquals(augmentationOf({ ...config, base }).base, base);
});
