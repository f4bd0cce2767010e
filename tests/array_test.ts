import { assertEquals } from "@std/assert";
import { spreadIndices } from "../lib/array.ts";

Deno.test("spreadIndices() takes the first and others at equal distances, or all there are", () => {
  assertEquals(spreadIndices(10, 3), [0, 3, 6]);
  assertEquals(spreadIndices(4, 4), [0, 1, 2, 3]);
  assertEquals(spreadIndices(5, 0), []);
});
