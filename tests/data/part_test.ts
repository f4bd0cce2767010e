import { assert, assertEquals } from "@std/assert";
import { heldOut, shareOf } from "../../lib/data/part.ts";
import { scenes } from "../../lib/scenes/scenes.ts";

const data = scenes({ seed: 1, split: "train", length: 150, size: 32 });

async function namesOf(dataset: typeof data): Promise<string[]> {
  return await Promise.all(
    Array.from({ length: dataset.length }, async (_, i) => (await dataset.example(i)).name),
  );
}

Deno.test("shareOf() draws a part that its seed decides, and larger ones hold", async () => {
  const [eighth, quarter] = [shareOf(data, 0.125, 3), shareOf(data, 0.25, 3)];
  assertEquals([eighth.length, quarter.length], [19, 38]);
  const names = await namesOf(quarter);
  assertEquals(new Set(names).size, 38);
  assertEquals(await namesOf(eighth), names.slice(0, 19));
  assert((await namesOf(shareOf(data, 0.25, 4))).join() !== names.join());
  assertEquals(shareOf(data, 1, 3), data);
});

Deno.test("heldOut() splits without an example in both, and holds neighbours out together", async () => {
  const [train, val] = [heldOut(data, "train"), heldOut(data, "val")];
  const [kept, held] = [await namesOf(train), await namesOf(val)];
  assertEquals(new Set([...kept, ...held]).size, 150);
  assertEquals([kept.length, held.length], [126, 24]);
  const all = await namesOf(data);
  assertEquals(held, [...all.slice(60, 72), ...all.slice(132, 144)]);
});
