/** What EoMT's queries mean, against transformers' image processor. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { objectsOfInstances } from "../../lib/images/instances.ts";
import type { Size } from "../../lib/images/image.ts";
import type { Segment } from "../../lib/images/objects.ts";
import { placed, placedAnswer, queryAnswer } from "../../lib/inference/query_answer.ts";
import { instancesOfQueries, panopticOf } from "../../lib/inference/query_objects.ts";
import {
  classSharesOf,
  likeliestClasses,
  mergedWindows,
} from "../../lib/inference/query_scores.ts";
import { sizeOfSides, windowStarts } from "../../lib/inference/query_sizes.ts";
import { golden, goldenTest } from "../golden.ts";

const file = await golden("next/eomt_postprocess");
const { ncls, stuff, pan, inst, size, split_size } = file.config;
const targets = file.config.targets as readonly Size[];
const splits = file.config.split as readonly Size[];

interface Edges {
  readonly shortest_edge: number;
  readonly longest_edge: number | null;
}

/** What the network saw, whose masks are resized to it first. */
function seenBy({ shortest_edge, longest_edge }: Edges): Size {
  return [shortest_edge, longest_edge ?? shortest_edge];
}

function contentOf(picture: Size, { shortest_edge, longest_edge }: Edges): Size {
  return sizeOfSides(picture, shortest_edge, longest_edge);
}

/** One of a stack: [n, ...] to [...]. */
function one(name: string, index: number): NDArray {
  const { shape: [, ...shape], data } = file.tensor(name);
  const length = shape.reduce((product, side) => product * side, 1);
  return { shape, data: data.subarray(index * length, (index + 1) * length) };
}

function answerTo(index: number) {
  const picture = targets[index]!;
  const placement = { seen: seenBy(size), content: contentOf(picture, size), picture };
  return placedAnswer(one("in/class", index), one("in/masks", index), placement);
}

/** Of an argmax map a thousandth of the pixels may differ; ids count from 0 there, and -1 is none. */
function assertMap(actual: ArrayLike<number>, name: string, offset: number): void {
  const reference = file.numbers(name);
  assertEquals(actual.length, reference.length, name);
  let wrong = 0;
  for (let i = 0; i < reference.length; i++) if (actual[i] !== reference[i]! + offset) wrong++;
  assert(
    wrong <= reference.length / 1000,
    `${name}: ${wrong} of ${reference.length} pixels differ`,
  );
}

/** Segments [id, class] with scores that are rounded to 6 digits. */
function assertSegments(actual: readonly Segment[], name: string, index: number): void {
  const pairs = actual.flatMap((segment) => [segment.id - 1, segment.class]);
  assertEquals(pairs, [...file.numbers(`${name}/segments${index}`)], name);
  const scores = file.numbers(`${name}/scores${index}`);
  actual.forEach(({ score }, i) => assertAlmostEquals(score!, scores[i]!, 1e-6, name));
}

for (const { name, lacking } of file.cases((file) => file.heads("out/"))) {
  const [, kind, k, variant] = name.match(/^(panoptic|instance)(\d+)_?(\w*)$/) ?? [];
  if (kind === "panoptic") {
    goldenTest(`panopticOf() gives transformers' objects of ${name}`, { lacking }, () => {
      const [score, mask, kept] = pan[Number(k)];
      const things = Array.from({ length: ncls }, (_, index) => {
        return variant === "nostuff" || !stuff.includes(index);
      });
      targets.forEach((_, index) => {
        const { data, segments } = panopticOf(answerTo(index), things, { score, mask, kept });
        assertSegments(segments, `out/${name}`, index);
        assertMap(data, `out/${name}/map${index}`, 1);
      });
    });
  }
  if (kind === "instance") {
    goldenTest(`instancesOfQueries() gives transformers' instances of ${name}`, { lacking }, () => {
      targets.forEach((_, index) => {
        const answer = answerTo(index);
        const instances = instancesOfQueries(answer, inst[Number(k)]);
        const all = instances.map((instance, i): Segment => ({ id: i + 1, ...instance }));
        assertSegments(all, `out/${name}`, index);
        const { data } = objectsOfInstances(instances, answer);
        assertMap(data, `out/${name}/map${index}`, 1);
      });
    });
  }
}

// Without windows the reference takes all that the network saw for the picture, padding and all.
goldenTest("likeliestClasses() gives transformers' labels of pictures as a whole", file, () => {
  targets.forEach((picture, index) => {
    const seen = seenBy(size);
    const whole = { seen, content: seen, picture: seen };
    const answer = placedAnswer(one("in/class", index), one("in/masks", index), whole);
    assertMap(likeliestClasses(classSharesOf(answer), picture).data, `out/semantic/map${index}`, 0);
  });
});

goldenTest("mergedWindows() gives transformers' labels of pictures in windows", file, () => {
  const offsets = file.numbers("in/split/offsets");
  const side = seenBy(split_size);
  const placement = { seen: side, content: side, picture: side };
  splits.forEach((picture, index) => {
    const content = contentOf(picture, split_size);
    const own = [...Array(offsets.length / 3).keys()].filter((i) => offsets[3 * i] === index);
    const starts = own.map((i) => offsets[3 * i + 1]!);
    assertEquals(windowStarts(Math.max(...content), side[0]), starts);
    const windows = own.map((i) => {
      const masks = one("in/split/masks", i);
      const shares = classSharesOf(placedAnswer(one("in/split/class", i), masks, placement));
      return { start: offsets[3 * i + 1]!, shares };
    });
    const merged = mergedWindows(windows, content);
    assertMap(likeliestClasses(merged, picture).data, `out/split/map${index}`, 0);
  });
});

/** Two queries of three classes on a row of four pixels, and a third that sees nothing. */
function row(masks: readonly number[][], shares: readonly number[][]) {
  const classes = { shape: [masks.length, 4], data: Float32Array.from(shares.flat(), Math.log) };
  const shape = [masks.length, 1, 4];
  return queryAnswer(classes, { shape, data: Float32Array.from(masks.flat()) });
}
const answer = row(
  [[5, 5, -5, -5], [-5, -5, 5, 5], [9, 9, 9, 9]],
  [[0.9, 0.05, 0.03, 0.02], [0.95, 0.02, 0.02, 0.01], [0.05, 0.02, 0.03, 0.9]],
);

Deno.test("panopticOf() merges queries of stuff, keeps things apart and leaves nothing out", () => {
  const apart = panopticOf(answer, [true, true, true]);
  assertEquals([...apart.data], [1, 1, 2, 2]);
  assertEquals(apart.segments.map(({ id, class: index }) => [id, index]), [[1, 0], [2, 0]]);
  const stuff = panopticOf(answer, [false, true, true]);
  assertEquals([...stuff.data], [1, 1, 1, 1]);
  assertAlmostEquals(stuff.segments[0]!.score!, 0.9, 1e-6);
  const none = panopticOf(answer, [true, true, true], { score: 0.99, mask: 0.5, kept: 0.8 });
  assertEquals([[...none.data], none.segments], [[0, 0, 0, 0], []]);
});

Deno.test("sizeOfSides() rounds as Python does", () => {
  assertEquals(sizeOfSides([480, 640], 640, 640), [480, 640]);
  assertEquals(sizeOfSides([427, 640], 800, 1333), [800, 1199]);
  assertEquals(sizeOfSides([50, 37], 64, 64), [64, 47]);
  assertEquals(sizeOfSides([5, 2], 100, 101), [101, 40]); // 40.4
  assertEquals(sizeOfSides([4, 2], 100, 81), [81, 40]); // 40.5 goes to the even number
});

Deno.test("windowStarts() covers a length with as few windows as it can, evenly", () => {
  assertEquals(windowStarts(41, 32), [0, 9]);
  assertEquals(windowStarts(32, 32), [0]);
  assertEquals(windowStarts(100, 32), [0, 22, 45, 68]);
});

Deno.test("queryAnswer() refuses arrays that do not belong together", () => {
  const classes = { shape: [2, 3], data: new Float32Array(6) };
  const masks = { shape: [3, 1, 1], data: new Float32Array(3) };
  const got = "[queries, height, width] needed, got [2, 3] and [3, 1, 1]";
  assertThrows(() => queryAnswer(classes, masks), RangeError, got);
  const message = "its 3 classes is of things or of stuff needed, got that of 2";
  assertThrows(() => panopticOf(answer, [true, false]), RangeError, message);
  const placement = { seen: [2, 2], content: [3, 2], picture: [9, 9] } as const;
  const maps = { shape: [1, 2, 2], data: new Float32Array(4) };
  assertThrows(
    () => placed(maps, placement),
    RangeError,
    "2×2 that the network saw needed, got 3×2",
  );
});
