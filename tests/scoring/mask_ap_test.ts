import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Instance } from "../../lib/images/instances.ts";
import { runsOfMask } from "../../lib/images/mask_runs.ts";
import { overlapping } from "../../lib/scoring/instance_matches.ts";
import { MaskAp, type MaskApScores } from "../../lib/scoring/mask_ap.ts";
import { golden, goldenTest } from "../golden.ts";

const file = await golden("next/coco_mask_ap");
const { n, cats } = file.config as { readonly n: number; readonly cats: number };

/** The instances of a golden image: categories count from 1, classes from 0. */
function instancesIn(image: number, what: "gt" | "pred"): Instance[] {
  const at = `in/${what}${image}`;
  const [count, height, width] = file.stored(`${at}/masks`).shape as [number, number, number];
  const masks = file.numbers(`${at}/masks`);
  const rows = what === "gt"
    ? file.numbers(`${at}/category_iscrowd`)
    : file.numbers(`${at}/category`);
  return Array.from({ length: count }, (_, i) => {
    const mask = masks.subarray(i * height * width, (i + 1) * height * width);
    const runs = { mask: runsOfMask(mask, width, height) };
    return what === "gt"
      ? { ...runs, class: rows[2 * i]! - 1, isCrowd: rows[2 * i + 1] === 1 }
      : { ...runs, class: rows[i]! - 1, score: file.numbers(`${at}/scores`)[i]! };
  });
}

function assertClose(actual: readonly number[], reference: ArrayLike<number>, name: string): void {
  assertEquals(actual.length, reference.length, name);
  actual.forEach((value, i) => {
    assertAlmostEquals(value, reference[i]!, 1e-12 * Math.abs(reference[i]!), `${name} ${i}`);
  });
}

/** COCO's order; it writes -1 where there is nothing to find. */
const names: readonly Exclude<keyof MaskApScores, "perClass">[] = [
  ...(["ap", "ap50", "ap75", "apSmall", "apMedium", "apLarge"] as const),
  ...(["ar1", "ar10", "ar100", "arSmall", "arMedium", "arLarge"] as const),
];
const orAbsent = (value: number) => Number.isNaN(value) ? -1 : value;

goldenTest("MaskAp gives pycocotools' twelve numbers and curves", file, () => {
  const scores = new MaskAp(cats);
  for (let image = 0; image < n; image++) {
    scores.add(instancesIn(image, "gt"), instancesIn(image, "pred"));
  }
  const result = scores.result();
  assertClose(names.map((name) => orAbsent(result[name])), file.numbers("out/stats"), "stats");
  const perClass = file.numbers("out/ap_per_class");
  assertClose(result.perClass.map(orAbsent), perClass, "ap_per_class");
  const curves = Array.from({ length: cats }, (_, index) => scores.curves(index));
  const [thresholds, recalls] = file.stored("out/precision_nan_absent").shape;
  for (let t = 0; t < thresholds!; t++) {
    const recall = file.numbers("out/recall").subarray(t * cats, (t + 1) * cats);
    assertClose(curves.map((curve) => curve?.recall[t] ?? -1), recall, `recall ${t}`);
    for (let r = 0; r < recalls!; r++) {
      const first = (t * recalls! + r) * cats;
      const precision = file.numbers("out/precision_nan_absent").subarray(first, first + cats);
      const own = curves.map((curve) => curve?.precision[t]?.[10 * r] ?? -1);
      assertClose(own, precision, `precision ${t} ${r}`);
    }
  }
});

for (const iou of file.cases((file) => file.names("out/iou/"))) {
  goldenTest(`overlapping() gives pycocotools' IoU of ${iou.name}`, iou, () => {
    const [, image, category] = iou.name.match(/^image(\d+)_category(\d+)$/)!;
    const [truth, found] = (["gt", "pred"] as const).map((what) =>
      instancesIn(Number(image), what).filter((one) => one.class === Number(category) - 1)
    );
    const { ious } = overlapping(truth!, found!);
    assertClose(ious.flat(), file.numbers(`out/iou/${iou.name}`), iou.name);
  });
}

/** A bar of a picture of 200×100 pixels. */
function bar(from: number, to: number, rest: Partial<Instance> = {}): Instance {
  const mask = Uint8Array.from(
    { length: 20000 },
    (_, i) => i % 200 >= from && i % 200 < to ? 1 : 0,
  );
  return { class: 0, mask: runsOfMask(mask, 200, 100), ...rest };
}

Deno.test("MaskAp puts instances into groups by their areas", () => {
  const scores = new MaskAp(1);
  const truth = [bar(0, 10), bar(20, 40), bar(50, 150)]; // 1,000, 2,000 and 10,000 pixels
  scores.add(truth, [{ ...truth[0]!, score: 0.9 }, { ...truth[2]!, score: 0.8 }]);
  const { ap, apSmall, apMedium, apLarge, arSmall, ar1, ar10 } = scores.result();
  assertClose([apSmall, apMedium, apLarge, arSmall], [1, 0, 1, 1], "by size");
  assertAlmostEquals(ap, 67 / 101, 1e-12); // recalls 0 to 0.66 at precision 1
  assertAlmostEquals(ar1, 1 / 3, 1e-12);
  assertAlmostEquals(ar10, 2 / 3, 1e-12);
});

Deno.test("MaskAp leaves out what lies in a crowd", () => {
  const [scores, without] = [new MaskAp(1), new MaskAp(1)];
  const found = [
    bar(0, 20, { score: 0.5 }),
    bar(50, 60, { score: 0.9 }),
    bar(60, 70, { score: 0.8 }),
  ];
  scores.add([bar(0, 20), bar(45, 80, { isCrowd: true })], found);
  without.add([bar(0, 20)], found);
  assertClose([scores.result().ap, without.result().ap], [1, 1 / 3], "crowd");
});

Deno.test("MaskAp is NaN when there is nothing to find, also in images without objects", () => {
  const scores = new MaskAp(2);
  scores.add([], []);
  scores.add([], [bar(0, 3, { score: 1 })]);
  const { ap, perClass, arLarge } = scores.result();
  assertEquals([ap, ...perClass, arLarge], [NaN, NaN, NaN, NaN]);
});

Deno.test("MaskAp refuses what it cannot score", () => {
  const scores = new MaskAp(1);
  const refused = (truth: Instance[], found: Instance[], message: string) =>
    assertThrows(() => scores.add(truth, found), RangeError, message);
  refused([bar(0, 9, { class: 1 })], [], "drawn instances of classes 0 to 0 needed, got one of 1");
  refused([], [bar(0, 9)], "found instances with a score needed, got one with undefined");
  const small = { class: 0, score: 1, mask: runsOfMask([1], 1, 1) };
  refused([], [small, bar(0, 9, { score: 1 })], "one image's size needed, got 1×1 and 200×100");
});
