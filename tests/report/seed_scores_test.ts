import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { seedScores } from "../../lib/report/seed_scores.ts";

const runs = [
  { label: "with", mIoU: [0.5, 0.52, 0.54], published: 0.45 },
  { label: "without", mIoU: [0.4, 0.41, 0.42] },
];

Deno.test("seedScores() draws each seed, the means and what is published, with a legend", () => {
  const { svg } = seedScores(runs);
  for (const text of ["with", "without", "52.0", "41.0", "a seed", "mIoU (%) →"]) {
    assertStringIncludes(svg, `>${text}<`);
  }
  assertStringIncludes(svg, "published");
  assert(!/NaN|undefined|Infinity/.test(svg));
  assertEquals(seedScores(runs).svg, svg);
});

Deno.test("seedScores() names no deviation where there is one seed, and refuses no run", () => {
  const { svg } = seedScores([{ label: "one", mIoU: [0.5] }]);
  assert(!svg.includes("deviation") && !svg.includes("published"));
  assertThrows(() => seedScores([]), RangeError, "at least one run");
});
