import { assertAlmostEquals, assertEquals } from "@std/assert";
import { IGNORE, type LabelMap } from "../../lib/images/image.ts";
import { stream } from "../../lib/random.ts";
import { ConfusionMatrix } from "../../lib/scoring/confusion.ts";
import { InstanceSizes, sizeGroups } from "../../lib/scoring/instance_size.ts";
import { labelMap } from "../data/fixtures.ts";
import { blobs, predictedBlobs } from "./blobs.ts";

const within = (x: number, y: number, left: number, top: number, width: number, height: number) =>
  x >= left && x < left + width && y >= top && y < top + height;

function scoresOf(labels: LabelMap, prediction: LabelMap, instances: Uint16Array | null = null) {
  const scores = new InstanceSizes(2);
  scores.add(labels, prediction, instances);
  return scores.result();
}

// A ground of class 0 with a square of 10×10 (small) and one of 40×40 (medium) of class 1.
const labels = labelMap(200, 100, (x, y) => {
  return within(x, y, 5, 5, 10, 10) || within(x, y, 50, 5, 40, 40) ? 1 : 0;
});

Deno.test("InstanceSizes counts a component's wrong pixels to the size that it shares most with", () => {
  // The small one is found with two columns too much, the medium one but for its lowest 10 rows.
  const prediction = labelMap(200, 100, (x, y) => {
    return within(x, y, 5, 5, 12, 10) || within(x, y, 50, 5, 40, 30) ? 1 : 0;
  });
  const { small, medium, large } = scoresOf(labels, prediction);
  assertEquals([small.iou[1], small.instances[1]], [100 / 120, 1]);
  assertEquals([medium.iou[1], medium.instances[1]], [1200 / 1600, 1]);
  assertEquals([large.iou[1], large.instances[1]], [NaN, 0]);
  assertEquals(medium.mean, 1200 / 1600); // the ground is large
  assertEquals(large.instances[0], 1);
  assertEquals(large.iou[0], (20000 - 1700 - 20) / (20000 - 1700 + 400));
});

Deno.test("InstanceSizes counts a component that matches nothing by its own area", () => {
  const found = (x: number, y: number) => labels.data[y * 200 + x] === 1;
  const speck = labelMap(200, 100, (x, y) => found(x, y) || within(x, y, 120, 50, 5, 5) ? 1 : 0);
  const block = labelMap(200, 100, (x, y) => found(x, y) || within(x, y, 120, 50, 50, 40) ? 1 : 0);
  const [one, other] = [scoresOf(labels, speck), scoresOf(labels, block)];
  assertEquals([one.small.iou[1], one.medium.iou[1]], [100 / 125, 1]);
  assertEquals([other.small.iou[1], other.medium.iou[1]], [1, 1600 / 3600]);
});

Deno.test("InstanceSizes takes instances from the data set where there are", () => {
  // Two instances of 400 pixels side by side are small, and one component of 800 is small too; with
  // three of 400 as one component it would be medium.
  const three = labelMap(100, 40, (x, y) => within(x, y, 10, 10, 60, 20) ? 1 : 0);
  const ids = Uint16Array.from(three.data, (label, i) => {
    return label === 0 ? 0 : 1 + Math.floor((i % 100 - 10) / 20);
  });
  assertEquals(scoresOf(three, three, null).medium.instances, [1, 1]); // the ground has 2,800
  assertEquals(scoresOf(three, three, ids).small.instances, [0, 3]);
  assertEquals(scoresOf(three, three, ids).small.iou, [NaN, 1]);
});

Deno.test("InstanceSizes begins medium at 32² pixels and large at 96²", () => {
  const square = (side: number, less: number) =>
    labelMap(side, side, (x, y) => y * side + x < less ? IGNORE : 1);
  const sizeOf = (map: LabelMap) =>
    sizeGroups.filter((size) => scoresOf(map, map)[size].instances[1] === 1);
  assertEquals(sizeOf(square(32, 1)), ["small"]);
  assertEquals(sizeOf(square(32, 0)), ["medium"]);
  assertEquals(sizeOf(square(96, 1)), ["medium"]);
  assertEquals(sizeOf(square(96, 0)), ["large"]);
});

Deno.test("InstanceSizes' pixels add up to those of the ordinary IoU", () => {
  const random = stream("sizes", 1);
  for (let image = 0; image < 6; image++) {
    const truth = blobs(130, 150, 4, random);
    const prediction = predictedBlobs(130, 150, 4, random);
    const confusion = new ConfusionMatrix(4);
    confusion.add(prediction.data, truth.data);
    const { right, labelled, predicted } = confusion.totals();
    prediction.data.forEach((_, i) => truth.data[i] === IGNORE && (prediction.data[i] = IGNORE));
    const scores = new InstanceSizes(4);
    scores.add(truth, prediction, null);
    const result = scores.result();
    const expected = bySizeSlowly(truth, prediction, 4);
    for (const [s, size] of sizeGroups.entries()) {
      result[size].iou.forEach((iou, label) => {
        const [intersection, union, instances] = expected[label]![s]!;
        assertEquals(result[size].instances[label], instances);
        assertAlmostEquals(iou, instances === 0 ? NaN : intersection! / union!, 1e-12);
      });
    }
    expected.forEach((counts, label) => {
      const sum = (k: number) => counts.reduce((total, count) => total + count[k]!, 0);
      const union = labelled[label]! + predicted[label]! - right[label]!;
      assertEquals([sum(0), sum(1)], [right[label], union]);
    });
  }
});

/** Intersection, union and instances by class and size, with sets of pixels. */
function bySizeSlowly(labels: LabelMap, prediction: LabelMap, classes: number): number[][][] {
  return Array.from({ length: classes }, (_, label) => {
    const counts = sizeGroups.map(() => [0, 0, 0]);
    const sizeOf = (component: ReadonlySet<number>) =>
      component.size < 1024 ? 0 : component.size < 9216 ? 1 : 2;
    const truth = componentsOf(labels, label);
    for (const component of truth) {
      const count = counts[sizeOf(component)]!;
      const right = [...component].filter((i) => prediction.data[i] === label).length;
      count[0]! += right;
      count[1]! += component.size;
      count[2]!++;
    }
    for (const component of componentsOf(prediction, label)) {
      const shared = sizeGroups.map((_, size) =>
        truth.filter((other) => sizeOf(other) === size)
          .reduce((total, other) => total + component.intersection(other).size, 0)
      );
      const most = Math.max(...shared);
      const size = most > 0 ? shared.indexOf(most) : sizeOf(component);
      counts[size]![1]! += component.size - shared.reduce((total, count) => total + count, 0);
    }
    return counts;
  });
}

function componentsOf({ width, height, data }: LabelMap, label: number): Set<number>[] {
  const seen = new Set<number>();
  const components: Set<number>[] = [];
  data.forEach((value, seed) => {
    if (value !== label || seen.has(seed)) return;
    const component = new Set([seed]);
    for (const i of component) { // a set's iterator sees what is added meanwhile
      seen.add(i);
      const [x, y] = [i % width, Math.floor(i / width)];
      for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
        for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
          if (data[ny * width + nx] === label) component.add(ny * width + nx);
        }
      }
    }
    components.push(component);
  });
  return components;
}

Deno.test("InstanceSizes adds up over images in any order", () => {
  const random = stream("sizes in order", 1);
  const pairs = Array.from({ length: 3 }, () => {
    const truth = blobs(60, 70, 2, random);
    const prediction = predictedBlobs(60, 70, 2, random);
    prediction.data.forEach((_, i) => truth.data[i] === IGNORE && (prediction.data[i] = IGNORE));
    return [truth, prediction] as const;
  });
  const [forwards, backwards] = [pairs, pairs.toReversed()].map((order) => {
    const scores = new InstanceSizes(2);
    for (const [truth, prediction] of order) scores.add(truth, prediction, null);
    return scores.result();
  });
  assertEquals(forwards, backwards);
});
