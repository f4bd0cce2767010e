import { assertEquals } from "@std/assert";
import { paretoFront } from "../../lib/report/pareto.ts";

const points = [
  { name: "slow and best", x: 1, percent: 60 },
  { name: "beaten", x: 2, percent: 40 },
  { name: "middle", x: 3, percent: 50 },
  { name: "as fast and worse", x: 9, percent: 20 },
  { name: "fastest", x: 9, percent: 30 },
];

Deno.test("paretoFront() keeps what nothing beats in both ways", () => {
  const names = (best: "min" | "max") => paretoFront(points, best).map(({ name }) => name);
  assertEquals(names("max"), ["slow and best", "middle", "fastest"]);
  assertEquals(names("min"), ["slow and best"]);
  assertEquals(paretoFront([], "max"), []);
});
