import { assertEquals } from "@std/assert";
import { gather, isRowMajor, viewFault } from "../../lib/checkpoints/strided_view.ts";

const storage = Float32Array.from({ length: 24 }, (_, i) => i);

// NumPy: np.lib.stride_tricks.as_strided(np.arange(24.)[offset:], shape, 4 * stride).ravel()
const views = [
  { what: "a scalar", view: { offset: 5, shape: [], stride: [] }, values: [5] },
  { what: "a row", view: { offset: 4, shape: [3], stride: [1] }, values: [4, 5, 6] },
  {
    what: "transposed",
    view: { offset: 0, shape: [2, 3], stride: [1, 2] },
    values: [0, 2, 4, 1, 3, 5],
  },
  {
    what: "every second",
    view: { offset: 1, shape: [2, 2], stride: [8, 2] },
    values: [1, 3, 9, 11],
  },
  {
    what: "repeated",
    view: { offset: 7, shape: [2, 3], stride: [1, 0] },
    values: [7, 7, 7, 8, 8, 8],
  },
  {
    what: "of three axes, the last first",
    view: { offset: 0, shape: [2, 2, 2], stride: [1, 4, 12] },
    values: [0, 12, 4, 16, 1, 13, 5, 17],
  },
  { what: "empty", view: { offset: 24, shape: [0, 3], stride: [3, 1] }, values: [] },
];

for (const { what, view, values } of views) {
  Deno.test(`gather() gives the elements row-major when a view is ${what}`, () => {
    assertEquals(viewFault(view, storage.length), undefined);
    const data = gather(storage, view);
    assertEquals([...data], values);
    assertEquals(data.buffer === storage.buffer, false);
  });
}

Deno.test("isRowMajor() leaves strides of sides of 1 aside", () => {
  assertEquals(isRowMajor({ offset: 3, shape: [2, 1, 3], stride: [3, 77, 1] }), true);
  assertEquals(isRowMajor({ offset: 3, shape: [2, 1, 3], stride: [4, 3, 1] }), false);
});
