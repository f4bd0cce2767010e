import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Dataset, keepInMemory } from "../../lib/data/dataset.ts";
import { shownImage } from "../../lib/images/shown_bands.ts";
import { exampleOf, labelMap } from "./fixtures.ts";

const toy: Dataset = {
  name: "toy",
  classes: ["a", "b"],
  palette: [[0, 0, 0], [9, 9, 9]],
  length: 5,
  example: () => Promise.resolve(exampleOf(labelMap(2, 2, () => 0))),
};

Deno.test("keepInMemory() reads each example once, and again after a failure", async () => {
  const reads: number[] = [];
  const { example } = keepInMemory({
    ...toy,
    example(index) {
      reads.push(index);
      return reads.length === 1 ? Promise.reject(new RangeError("torn")) : toy.example(index);
    },
  });
  await assertRejects(() => example(3), RangeError, "torn");
  const first = await example(3);
  assert(await example(3) === first);
  await example(4);
  assertEquals(reads, [3, 3, 4]);
});

Deno.test("keepInMemory() keeps 1 GiB and reads what is beyond it every time", async () => {
  const reads: number[] = [];
  const large = 2 ** 29; // claimed, not allocated: three of them are more than 1 GiB
  const { example } = keepInMemory({
    ...toy,
    async example(index) {
      reads.push(index);
      const { image: toyImage, ...rest } = await toy.example(index);
      const image = shownImage(toyImage);
      const data = Object.defineProperty(image.data, "byteLength", { value: large - 4 });
      return { ...rest, image: { ...image, data } };
    },
  });
  for (const index of [0, 1, 2, 0, 1, 2]) await example(index);
  assertEquals(reads, [0, 1, 2, 2]);
});

Deno.test("keepInMemory() leaves the rest of the data set as it is", () => {
  const instances = () => Promise.resolve(new Uint16Array(4));
  const { example: _, ...rest } = keepInMemory({ ...toy, instances });
  const { example: __, ...before } = toy;
  assertEquals(rest, { ...before, instances });
});
