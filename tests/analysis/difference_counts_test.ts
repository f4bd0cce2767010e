import { assertEquals, assertThrows } from "@std/assert";
import { DifferenceCounts, POSITIONS } from "../../lib/analysis/difference_counts.ts";
import type { LabelMap } from "../../lib/images/image.ts";

function map(rows: readonly string[]): LabelMap {
  return {
    width: rows[0]!.length,
    height: rows.length,
    data: Uint8Array.from(rows.join(""), (sign) => sign === "." ? 255 : Number(sign)),
  };
}

const labels = map([
  "000011",
  "000011",
  "00.022",
  "000022",
]);
const first = map([
  "000111", // one pixel wrong
  "000011",
  "000011", // both 2s taken for 1
  "000011",
]);
const second = map([
  "000000", // both 1s missed
  "000011",
  "001012", // the unlabelled pixel does not count; one 2 taken for 1
  "000022",
]);

const counts = new DifferenceCounts();
counts.add(labels, [first, second], null);

Deno.test("DifferenceCounts counts where two differ and who is right", () => {
  // They differ in the first row's last three and in the last two rows' 2s but one.
  assertEquals(counts.all, { pixels: 23, differ: 3 + 1 + 2, right: [23 - 5, 23 - 3] });
});

Deno.test("DifferenceCounts counts by distance to the labels' boundary", () => {
  const [one, two, further] = counts.byDistance;
  // Distances of the rows: 2 2 2 1 1 2, 2 1 1 1 1 1, 2 1 – 1 1 1, 2 1 1 1 1 2.
  assertEquals(one, { range: [1, 1], pixels: 15, differ: 4, right: [15 - 4, 15 - 2] });
  assertEquals(two, { range: [2, 2], pixels: 8, differ: 2, right: [8 - 1, 8 - 1] });
  assertEquals([further!.range, further!.pixels], [[3, 4], 0]);
});

Deno.test("DifferenceCounts counts objects by their size, and those that are mostly right", () => {
  const [small, ...others] = counts.bySize;
  assertEquals(small!.objects, 3); // 0, 1 and 2
  assertEquals(small!.found, [2, 3]); // the first has no pixel of 2; the second half of 1
  assertEquals(others.map(({ objects }) => objects), [0, 0, 0, 0, 0]);
  const square = (side: number, label: string) => map(Array(side).fill(label.repeat(side)));
  const sizes = new DifferenceCounts();
  for (const side of [15, 16, 31, 32, 96, 192]) {
    sizes.add(square(side, "1"), [square(side, "1"), square(side, "0")], null);
  }
  assertEquals(sizes.bySize.map(({ objects }) => objects), [1, 2, 1, 0, 1, 1]);
  assertEquals(sizes.bySize.map(({ range }) => range[0]), [1, 256, 1024, 4096, 9216, 36864]);
  assertEquals(sizes.bySize[1]!.right, [16 ** 2 + 31 ** 2, 0]);
});

Deno.test("DifferenceCounts takes instances for objects when there are ids", () => {
  const [apart, together] = [new DifferenceCounts(), new DifferenceCounts()];
  const row = map(["1111"]);
  apart.add(row, [row, row], new Uint16Array([1, 1, 2, 2]));
  together.add(row, [row, row], null);
  assertEquals([apart.bySize[0]!.objects, together.bySize[0]!.objects], [2, 1]);
});

Deno.test("DifferenceCounts says who says what, the most frequent first", () => {
  assertEquals(counts.pairs, [
    { said: [1, 0], pixels: 3, differ: 3, right: [2, 1] },
    { said: [1, 2], pixels: 3, differ: 3, right: [0, 3] },
  ]);
});

Deno.test("DifferenceCounts gives one network's errors when the first is the ground truth", () => {
  const errors = new DifferenceCounts();
  errors.add(labels, [labels, first], null);
  assertEquals(errors.all, { pixels: 23, differ: 5, right: [23, 18] });
  assertEquals(errors.pairs.map(({ said, pixels }) => [...said, pixels]), [[2, 1, 4], [0, 1, 1]]);
});

Deno.test("DifferenceCounts stretches images to one map of positions", () => {
  const { rows, columns } = POSITIONS;
  const left = map(Array(48).fill("01".padEnd(64, "0"))); // 2 pixels a cell
  const zeros = map(Array(48).fill("0".repeat(64)));
  const places = new DifferenceCounts();
  places.add(zeros, [zeros, left], null);
  const cells = places.byPosition;
  assertEquals([cells.length, cells[0]!.length], [rows, columns]);
  assertEquals(cells.map((row) => row[0]!.differ), Array(rows).fill(2)); // of 2 × 2 pixels
  assertEquals(cells.flatMap((row) => row.slice(1)).some(({ differ }) => differ > 0), false);
});

Deno.test("DifferenceCounts refuses a prediction of another size", () => {
  assertThrows(
    () => new DifferenceCounts().add(map(["00"]), [map(["00"]), map(["0", "0"])], null),
    RangeError,
    "Cannot compare predictions: they need their labels' size 2×1, got 1×2",
  );
});
