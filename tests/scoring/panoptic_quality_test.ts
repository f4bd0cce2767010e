import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Objects } from "../../lib/images/objects.ts";
import { type MeanQuality, PanopticQuality } from "../../lib/scoring/panoptic_quality.ts";
import { type Golden, golden, goldenTest } from "../golden.ts";

const file = await golden("next/panoptic_quality");
const categories = file.config.cats as readonly (readonly [id: number, isThing: number])[];

/** The objects of a golden map: its categories' ids become their places in the list. */
function objectsIn(file: Golden, name: string): Objects {
  const [height, width] = file.stored(`in/${name}/map`).shape as [number, number];
  const rows = file.numbers(`in/${name}/segments`);
  const segments = Array.from({ length: rows.length / 3 }, (_, i) => {
    const [id, category, crowd] = rows.subarray(3 * i, 3 * i + 3) as unknown as number[];
    const index = categories.findIndex(([one]) => one === category);
    return { id: id!, class: index, ...crowd === 1 && { isCrowd: true } };
  });
  return { width, height, data: Int32Array.from(file.numbers(`in/${name}/map`)), segments };
}

/** Within 1e-12 of the reference, relative. */
function assertClose(actual: readonly number[], name: string): void {
  const reference = file.numbers(name);
  assertEquals(actual.length, reference.length, name);
  actual.forEach((value, i) => {
    assertAlmostEquals(value, reference[i]!, 1e-12 * Math.abs(reference[i]!), `${name} ${i}`);
  });
}

goldenTest("PanopticQuality gives panopticapi's numbers", file, () => {
  const quality = new PanopticQuality(categories.map(([, isThing]) => isThing === 1));
  const images = file.names("in/gt").filter((name) => name.endsWith("/map"));
  assertEquals(images.length, file.config.n);
  for (const image of images.map((name) => name.split("/")[0])) {
    quality.add(objectsIn(file, `gt${image}`), objectsIn(file, `pred${image}`));
  }
  const { all, things, stuff, perClass } = quality.result();
  const counts = perClass.flatMap(({ matched, wrong, missed }) => [matched, wrong, missed]);
  assertEquals(counts, [...file.numbers("out/tp_fp_fn")]);
  assertClose(perClass.map(({ iouSum }) => iouSum), "out/iou_sum");
  // The reference has 0 for classes that do not occur, and leaves them out of its means.
  const ofClass = perClass.flatMap(({ pq, sq, rq }) => [pq, sq, rq].map((value) => value || 0));
  assertClose(ofClass, "out/per_class_pq_sq_rq");
  const of = ({ pq, sq, rq, classes }: MeanQuality) => [pq, sq, rq, classes];
  assertClose(of(all), "out/all_pq_sq_rq_n");
  assertClose(of(things), "out/things_pq_sq_rq_n");
  assertClose(of(stuff), "out/stuff_pq_sq_rq_n");
});

const things = [false, true];
const row = (ids: number[], ...segments: Objects["segments"]): Objects => {
  return { width: ids.length, height: 1, data: Int32Array.from(ids), segments };
};
const scoresOf = (truth: Objects, prediction: Objects) => {
  const quality = new PanopticQuality(things);
  quality.add(truth, prediction);
  return quality.result();
};

Deno.test("PanopticQuality is 1 when all is found, and NaN for what does not occur", () => {
  const image = row([1, 1, 2, 2, 3], { id: 1, class: 1 }, { id: 2, class: 1 }, { id: 3, class: 1 });
  const { all, stuff, things, perClass } = scoresOf(image, image);
  assertEquals(all, { pq: 1, sq: 1, rq: 1, classes: 1 });
  assertEquals(things, all);
  assertEquals(stuff, { pq: NaN, sq: NaN, rq: NaN, classes: 0 });
  assertEquals([perClass[0]!.pq, perClass[1]!.matched], [NaN, 3]);
});

Deno.test("PanopticQuality halves recognition when one thing is taken for two", () => {
  const truth = row([1, 1, 1, 1, 1], { id: 1, class: 1 });
  const halves = row([1, 1, 1, 2, 2], { id: 1, class: 1 }, { id: 2, class: 1 });
  const { things } = scoresOf(truth, halves);
  assertEquals([things.rq, things.sq], [1 / 1.5, 3 / 5]);
});

Deno.test("PanopticQuality counts images without objects as nothing", () => {
  const empty = row([0, 0, 0]);
  assertEquals(scoresOf(empty, empty).all.classes, 0);
  const found = row([0, 5, 0], { id: 5, class: 1 });
  assertEquals(scoresOf(empty, found).all.classes, 0); // it lies in void
  assertEquals(scoresOf(found, empty).perClass[1]!.missed, 1);
});

Deno.test("PanopticQuality refuses what it cannot score, and adds nothing of it", () => {
  const quality = new PanopticQuality(things);
  const image = row([1, 1], { id: 1, class: 1 });
  const refused = (truth: Objects, prediction: Objects, message: string) =>
    assertThrows(() => quality.add(truth, prediction), RangeError, message);
  refused(image, row([1, 2], { id: 1, class: 1 }), "prediction: a segment for each id of the map");
  refused(row([1, 1], { id: 1, class: 2 }), image, "truth: classes from 0 to 1 needed, got 2");
  refused(image, row([1], { id: 1, class: 1 }), "the truth's 2×1 pixels needed, got 1×1");
  assertEquals(quality.result().all.classes, 0);
});
