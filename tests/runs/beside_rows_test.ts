import { assertEquals } from "@std/assert";
import { besideRows } from "../../lib/runs/beside_rows.ts";
import type { FinishedRun } from "../../lib/runs/experiment.ts";
import type { RunGroup } from "../../lib/runs/run_groups.ts";

function group(name: string, perClass: RunGroup["perClass"], costs: readonly unknown[]): RunGroup {
  const seeds = costs.map((environment) => ({ environment }) as unknown as FinishedRun);
  return { name, seeds, mIoU: perClass.map(() => 0.5), perClass, isTrial: false };
}

const measured = [{ seconds: 60, memoryMiB: 700 }, { seconds: 120, memoryMiB: 800 }];

Deno.test("besideRows() has the classes that are asked for, and what a training costs", () => {
  const groups = [
    group("ce", [{ pole: 0.1, sky: 0.9 }, { pole: 0.3, sky: 0.9 }], measured),
    group("old", [{ pole: null, sky: 0.9 }], [{ seconds: 60 }]),
  ];
  assertEquals(besideRows(groups, { data: "camvid", beside: ["pole"] }), [
    { run: "ce", "IoU of pole (%)": "20.00 ± 14.14", minutes: "1.5", "memory (MiB)": "750" },
    { run: "old", "IoU of pole (%)": null, minutes: null, "memory (MiB)": null },
  ]);
  assertEquals(besideRows(groups, { data: "camvid" }), []);
});

Deno.test("besideRows() of one class against the rest has its F1, each seed's own", () => {
  const groups = [group("ce", [{ thin: 0.5 }, { thin: 1 }], [{ seconds: 60 }])];
  // 2 · 0.5 / 1.5 and 2 · 1 / 2.
  assertEquals(besideRows(groups, { data: { camvid: ["pole"], as: "thin" }, beside: ["thin"] }), [
    { run: "ce", "IoU of thin (%)": "75.00 ± 35.36", "F1 of thin (%)": "83.33 ± 23.57" },
  ]);
});
