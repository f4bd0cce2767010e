import { assertEquals } from "@std/assert";
import type { FinishedRun } from "../../lib/runs/experiment.ts";
import type { RunGroup } from "../../lib/runs/run_groups.ts";
import { contrastRows, publishedRows } from "../../lib/runs/run_tables.ts";

const group = (name: string, mIoU: readonly number[]): RunGroup => ({
  name,
  mIoU,
  seeds: [],
  perClass: [],
  isTrial: false,
});
const groups = [group("with", [0.5, 0.52, 0.54]), group("without", [0.4, 0.41, 0.42])];
const claim = { claim: "it helps", better: "with", than: "without" };
const source = "elsewhere";
const published = [
  { run: "with", label: "theirs", mIoU: 45.5, source },
  { run: "without", label: "less", mIoU: 46.75, source },
  { run: null, label: "alone", mIoU: 50, source },
];

Deno.test("contrastRows() gives points, their error by Welch and the verdict", () => {
  // Deviations of 2 and 1 points, three seeds each: √((4 + 1) / 3) = 1.29.
  assertEquals(contrastRows(groups, [claim, { ...claim, better: "without", than: "with" }]), [
    {
      claim: "it helps",
      "difference (points)": "+11.00",
      "standard error": "1.29",
      verdict: "carried",
    },
    {
      claim: "it helps",
      "difference (points)": "-11.00",
      "standard error": "1.29",
      verdict: "contradicted",
    },
  ]);
  assertEquals(contrastRows(groups, [{ ...claim, than: "not trained" }]), []);
});

Deno.test("contrastRows() has the paper's difference where a contrast has one", () => {
  const [row, other] = contrastRows(
    [...groups, group("third", [0.3])],
    [claim, { ...claim, better: "third" }],
    published,
  );
  assertEquals(row!["in the paper (points)"], "-1.25");
  assertEquals(other!["in the paper (points)"], null);
});

Deno.test("contrastRows() compares tests of the same networks network by network", () => {
  const seeds = ["s1", "s2", "s3"].map((folder) => ({ folder }) as FinishedRun);
  const own = { ...group("with", [0.4, 0.5, 0.6]), seeds };
  // Of two of the networks: 1 and 3 points more, whatever the third has.
  const other = { ...group("third", [0.41, 0.53]), seeds: seeds.slice(0, 2), isTrial: true };
  const [row] = contrastRows([own, other], [{ claim: "more", better: "third", than: "with" }]);
  assertEquals(row, {
    claim: "more",
    "difference (points)": "+2.00",
    "standard error": "1.00",
    verdict: "open",
  });
});

Deno.test("publishedRows() puts our mean and deviation beside each published number", () => {
  assertEquals(
    publishedRows(groups, published).map((row) => [
      row["published"],
      row["mIoU there"],
      row["our run"],
      row["mIoU here"],
    ]),
    [
      ["theirs", "45.50", "with", "52.00 ± 2.00"],
      ["less", "46.75", "without", "41.00 ± 1.00"],
      ["alone", "50.00", null, null],
    ],
  );
});
