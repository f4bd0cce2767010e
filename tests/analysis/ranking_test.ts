import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { rankPictures, spread } from "../../lib/analysis/ranking.ts";
import { uncertainty } from "../../lib/analysis/uncertainty.ts";
import type { Image } from "../../lib/images/image.ts";
import { untrainedModel } from "../../lib/models/untrained.ts";
import { pattern } from "../data/fixtures.ts";
import { scoredModel } from "./scored_model.ts";

const key = { classes: ["a", "b", "c"], palette: [[0, 0, 0], [9, 9, 9], [99, 99, 99]] } as const;
const at = (degrees: number) => {
  const angle = degrees * Math.PI / 180;
  return Float32Array.of(Math.cos(angle), Math.sin(angle));
};

Deno.test("spread() takes the most unsure first and then what is unsure and far from it", () => {
  const entropies = [0.9, 1, 0.95, 0.5, 0.01];
  const features = [at(0), at(1), at(2), at(60), at(180)];
  const ranked = spread(entropies, features);
  assertEquals(ranked.map(({ index }) => index), [1, 3, 4, 2, 0]);
  assertEquals(ranked[0]!.distance, null);
  assertAlmostEquals(ranked[1]!.distance!, 2 * Math.sin(59 / 2 * Math.PI / 180), 1e-6);
  assertAlmostEquals(ranked[3]!.distance!, 2 * Math.sin(0.5 * Math.PI / 180), 1e-6);
  assertEquals(spread([], []), []);
});

Deno.test("rankPictures() puts a copy of the first picture last, whatever its entropy", async () => {
  const model = untrainedModel("Seg-T/16", key, { window: 48 });
  const plain: Image = { width: 64, height: 50, data: new Uint8Array(3 * 64 * 50).fill(120) };
  const pictures = [pattern(64, 50), plain, pattern(80, 60)];
  const { ranking } = await uncertainty(model, pictures, { threads: 1, drawn: 0 });
  const [first] = ranking;
  const copied = Number(first!.name.split(" ")[1]) - 1;
  const ranked = await rankPictures(model, [...pictures, pictures[copied]!], { threads: 1 });
  assertEquals([ranked[0]!.index, ranked.at(-1)!.index].sort(), [copied, 3].sort());
  assertAlmostEquals(ranked[0]!.entropy, first!.entropy, 1e-6);
  assertAlmostEquals(ranked.at(-1)!.distance!, 0, 1e-3);
  assert(ranked[1]!.distance! > 0.001);
});

Deno.test("rankPictures() refuses networks without known layers, and no pictures", async () => {
  const unknown = rankPictures(scoredModel([1, 2], ["a", "b"]), [pattern(20, 20)]);
  await assertRejects(() => unknown, RangeError, "a network whose layers are known needed");
  const none = rankPictures(untrainedModel("Seg-T/16", key, { window: 48 }), []);
  await assertRejects(() => none, RangeError, "at least one picture needed, got none");
});
