import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { queryLooks } from "../../lib/analysis/query_looks.ts";
import { queryUses } from "../../lib/analysis/query_uses.ts";
import type { Image } from "../../lib/images/image.ts";
import { randomArray } from "../random_array.ts";
import { objectModel } from "../segment/object_model.ts";
import { maskModel } from "./mask_model.ts";

const noise = (name: string): Image => {
  const { data } = randomArray(name, [64 * 64 * 3]);
  return { width: 64, height: 64, data: Uint8Array.from(data, (x) => 128 + 40 * x) };
};

Deno.test("queryLooks() has a mask a stage, and attention that stays in the mask where it is held", async () => {
  const { found } = await queryLooks(objectModel("panoptic"), [noise("a")], {
    count: 3,
    threads: 1,
  });
  const { looks, side } = found[0]!;
  assertEquals([looks.length, side], [3, 64]);
  const shares = looks.map(({ share }) => share);
  assertEquals(shares, shares.toSorted((a, b) => b - a));
  for (const { masks, free, held } of looks) {
    assertEquals(masks.map(({ shape }) => shape.join()), ["16,16", "16,16"]); // one block, and behind it
    assertEquals([free.shape.join(), held.shape.join()], ["4,4", "4,4"]);
    const sum = (data: Float32Array) => data.reduce((a, b) => a + b, 0);
    assert(sum(free.data) > 0 && sum(free.data) < 1, "the others get the rest");
    // What a patch of the mask's grid sees is the mean of the four cells around its middle.
    const [first] = masks;
    for (let cell = 0; cell < 16; cell++) {
      const [row, column] = [4 * Math.floor(cell / 4) + 1, 4 * (cell % 4) + 1];
      const logits = [0, 1, 16, 17].map((at) => {
        const p = first!.data[row * 16 + column + at]!;
        return Math.log(p / (1 - p));
      });
      const isOpen = logits.reduce((a, b) => a + b, 0) > 1e-4;
      if (!isOpen && Math.abs(logits.reduce((a, b) => a + b, 0)) > 1e-4) {
        assertEquals(held.data[cell], 0);
      }
    }
  }
});

Deno.test("queryUses() counts the pictures in which a query is an object, by its class", async () => {
  const model = objectModel("panoptic");
  const pictures = [noise("a"), noise("b")];
  const { uses, seen } = await queryUses(model, pictures, { threads: 1 });
  assertEquals([seen, uses.length], [2, 12]);
  for (const { pictures, classes, mask } of uses) {
    assertEquals(classes.reduce((sum, { count }) => sum + count, 0), pictures);
    assertEquals(mask.data.length, pictures > 0 ? 256 : 0);
    assert(mask.data.every((share) => share >= 0 && share <= 1));
  }
  const twice = await queryUses(model, [pictures[0]!, pictures[0]!], { threads: 1 });
  const once = await queryUses(model, [pictures[0]!], { threads: 1 });
  for (const [i, { pictures, mask }] of twice.uses.entries()) {
    assertEquals(pictures, 2 * once.uses[i]!.pictures);
    mask.data.forEach((share, k) => assertAlmostEquals(share, once.uses[i]!.mask.data[k]!, 1e-6));
  }
});

Deno.test("queryLooks() names the network when it has no queries", async () => {
  await assertRejects(
    () => queryLooks(maskModel(["a", "b"]), [noise("a")]),
    RangeError,
    "a network that answers by them needed, such as EoMT, got a segmenter",
  );
});
