import { assertEquals } from "@std/assert";
import { besideRows } from "../../lib/runs/beside_rows.ts";
import type { FinishedRun } from "../../lib/runs/experiment.ts";
import type { Summary } from "../../lib/runs/run_files.ts";
import type { RunGroup } from "../../lib/runs/run_groups.ts";

function group(
  name: string,
  perClass: RunGroup["perClass"],
  costs: readonly unknown[],
  objects?: Summary["objects"],
): RunGroup {
  const seeds = costs.map((environment) =>
    ({ environment, summary: { objects } }) as unknown as FinishedRun
  );
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

Deno.test("besideRows() has the quality of objects where a network tells them apart", () => {
  const objects = { PQ: 0.5, SQ: 0.8, RQ: 0.6, things: 0.25, stuff: null, perClass: {} };
  const groups = [
    group("classes", [{ sky: 0.9 }], [{ seconds: 60 }]),
    group("objects", [{ sky: 0.9 }], [{ seconds: 60 }], objects),
  ];
  assertEquals(besideRows(groups, { data: "camvid" }), [
    { run: "classes", "PQ (%)": null, "PQ of things": null, "PQ of stuff": null },
    { run: "objects", "PQ (%)": "50.00", "PQ of things": "25.00", "PQ of stuff": null },
  ]);
});
