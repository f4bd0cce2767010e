import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { stream } from "../../lib/random.ts";
import { squaredDistances, type VolumeShape } from "../../lib/scoring/distance_transform.ts";
import { percentileOf, surfaceDistances, VolumeMetrics } from "../../lib/scoring/volume_scores.ts";
import { golden, goldenTest } from "../golden.ts";
import { assertSame } from "../same.ts";

const file = await golden("next/medical_metrics");
const classes = file.config.ncls as number;
const shape = file.config.shape as VolumeShape;

function assertClose(actual: readonly number[], name: string): void {
  const reference = file.numbers(name);
  assertEquals(actual.length, reference.length, name);
  actual.forEach((value, i) => {
    assertAlmostEquals(value, reference[i]!, 1e-12 * Math.abs(reference[i]!), `${name} ${i}`);
  });
}

goldenTest("VolumeMetrics gives the Dice and HD95 of TransUNet's tables", file, () => {
  const metrics = new VolumeMetrics(classes);
  const scores = metrics.add(file.labels("in/gt"), file.labels("in/pred"), shape);
  assertClose(scores.flatMap(({ dice, hd95 }) => [dice, hd95]), "out/dice_hd95");
  const { dice, hd95, cases, perClass } = metrics.result();
  assertClose([dice, hd95], "out/mean_dice_hd95");
  assertEquals([cases, perClass], [1, scores]);
});

goldenTest("surfaceDistances() gives both directions", file, () => {
  for (let index = 1; index < classes; index++) {
    const [truth, prediction] = ["gt", "pred"].map((name) =>
      file.labels(`in/${name}`).map((label) => label === index ? 1 : 0)
    );
    const reference = file.numbers("out/directed_max_and_p95").subarray(4 * index - 4, 4 * index);
    // The reference has zeros where one of both is empty.
    if (!truth!.includes(1) || !prediction!.includes(1)) {
      assertEquals([...reference], [0, 0, 0, 0]);
      continue;
    }
    const { forth, back } = surfaceDistances(prediction!, truth!, shape);
    const own = [Math.max(...forth), Math.max(...back), percentileOf(forth, 0.95)];
    [...own, percentileOf(back, 0.95)].forEach((value, i) => {
      assertAlmostEquals(value, reference[i]!, 1e-12 * reference[i]!, `class ${index}, ${i}`);
    });
  }
});

Deno.test("squaredDistances() gives the nearest site's, as trying all of them does", () => {
  const random = stream("distances", 0);
  const [depth, height, width]: VolumeShape = [4, 7, 9];
  const sites = Uint8Array.from({ length: 4 * 7 * 9 }, () => random.uniform() < 0.03 ? 1 : 0);
  const place = (i: number) => [Math.floor(i / 63), Math.floor(i / 9) % 7, i % 9] as const;
  const slow = Float64Array.from(sites, (_, i) => {
    const [z, y, x] = place(i);
    return Math.min(
      ...[...sites.keys()].filter((j) => sites[j]).map((j) => {
        const [c, b, a] = place(j);
        return (z - c) ** 2 + (y - b) ** 2 + (x - a) ** 2;
      }),
    );
  });
  assertSame(squaredDistances(sites, [depth, height, width]), slow);
  const none = squaredDistances(new Uint8Array(6), [1, 2, 3]);
  assertEquals([...none], new Array(6).fill(Infinity));
});

Deno.test("VolumeMetrics has the published scores of empty classes, and means over cases", () => {
  const metrics = new VolumeMetrics(4);
  const [truth, prediction] = [Uint8Array.of(0, 2, 3, 3), Uint8Array.of(1, 0, 3, 3)];
  const scores = metrics.add(truth, prediction, [1, 2, 2]);
  assertEquals(scores, [{ dice: 1, hd95: 0 }, { dice: 0, hd95: 0 }, { dice: 1, hd95: 0 }]);
  metrics.add(new Uint8Array(4), new Uint8Array(4), [1, 2, 2]);
  const { dice, perClass, cases } = metrics.result();
  assertEquals([dice, perClass[0]!.dice, cases], [2 / 6, 0.5, 2]);
});

Deno.test("VolumeMetrics refuses other shapes and classes", () => {
  const metrics = new VolumeMetrics(2);
  const labels = new Uint8Array(4);
  assertThrows(
    () => metrics.add(labels, labels, [1, 2, 3]),
    RangeError,
    "1×2×3 voxels needed, got 4",
  );
  const other = Uint8Array.of(0, 0, 0, 2);
  assertThrows(() => metrics.add(labels, other, [1, 2, 2]), RangeError, "0 to 1 needed, got 2");
});
