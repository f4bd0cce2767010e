import { assertEquals } from "@std/assert";
import { overlapping, ownRecipe } from "../../lib/runs/recipes.ts";
import { ownChoices } from "../data/fixtures.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { inferenceOf, trainConfigSchema } from "../../lib/train/config.ts";

const data = scenes({ seed: 1, split: "train", length: 2, size: 96 });

Deno.test("overlapping() is two thirds of a window in whole patches, and no gap", () => {
  const sides = [[240, 16], [96, 16], [64, 32], [32, 16], [16, 16], [20, 32], [10, 1]] as const;
  assertEquals(sides.map(([side, patch]) => overlapping(side, patch)), [
    160,
    64,
    32,
    16,
    16,
    20,
    7,
  ]);
});

Deno.test("ownRecipe() has windows that overlap, unless a run says how they lie", async () => {
  const { crop, stride } = await ownRecipe(ownChoices, data);
  assertEquals([crop, stride], [96, 64]);
  const config = trainConfigSchema.parse({
    ...await ownRecipe(ownChoices, data),
    pretrained: null,
  });
  const { protocol } = inferenceOf(config, 3);
  assertEquals(protocol.windows, { window: 96, stride: 64, enlarge: true });
  assertEquals((await ownRecipe({ ...ownChoices, stride: 96 }, data)).stride, 96);
});
