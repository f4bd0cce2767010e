import { assertEquals, assertThrows } from "@std/assert";
import { againstRest } from "../../lib/data/against_rest.ts";
import type { Dataset } from "../../lib/data/dataset.ts";

const three: Dataset = {
  name: "three",
  length: 1,
  classes: ["sky", "pole", "sign"],
  palette: [[1, 1, 1], [2, 2, 2], [3, 3, 3]],
  example: () =>
    Promise.resolve({
      name: "one",
      image: { width: 4, height: 1, data: new Uint8Array(12) },
      labels: { width: 4, height: 1, data: Uint8Array.of(0, 1, 2, 255) },
    }),
};

Deno.test("againstRest() makes one class of some, and keeps what is ignored", async () => {
  const { name, classes, palette, example } = againstRest(three, "thin", ["sign", "pole"]);
  assertEquals([name, classes], ["three, thin against the rest", ["rest", "thin"]]);
  assertEquals(palette, [[0, 0, 0], [3, 3, 3]]);
  assertEquals([...(await example(0)).labels.data], [0, 1, 1, 255]);
});

Deno.test("againstRest() names the classes that there are", () => {
  assertThrows(() => againstRest(three, "thin", ["mast"]), RangeError, "some of sky, pole, sign");
  assertThrows(() => againstRest(three, "thin", []), RangeError, "got none");
});
