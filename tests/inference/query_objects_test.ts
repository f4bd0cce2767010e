/** What EoMT's queries mean, against transformers' image processor. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { eomtModel } from "../../lib/families/eomt/model.ts";
import { squaresAlong } from "../../lib/families/eomt/testing.ts";
import { eomtConfig, eomtVariants } from "../../lib/families/eomt/variants.ts";
import { input, type Tensor } from "../../lib/graph/tensor.ts";
import { objectsOfInstances } from "../../lib/images/instances.ts";
import type { Size } from "../../lib/images/image.ts";
import type { Segment } from "../../lib/images/objects.ts";
import { placed, placedAnswer } from "../../lib/inference/query_answer.ts";
import { instancesOfQueries, panopticOf } from "../../lib/inference/query_objects.ts";
import { classify } from "../../lib/inference/classify.ts";
import { Pass, type Scorer } from "../../lib/inference/pass.ts";
import { sizeOfSides } from "../../lib/inference/query_sizes.ts";
import { TileClassifier } from "../../lib/inference/tiles.ts";
import { anchors, type View, viewsOf } from "../../lib/inference/views.ts";
import { classesLast } from "../../lib/nn/scores.ts";
import { Program } from "../../lib/runtime/program.ts";
import { value } from "../../lib/runtime/value.ts";
import { golden, goldenTest } from "../golden.ts";

const file = await golden("next/eomt_postprocess");
const { ncls, stuff, pan, inst, size, split_size } = file.config;
const targets = file.config.targets as readonly Size[];
const splits = file.config.split as readonly Size[];

const use = { classes: ncls, image: 64, dropPath: 0, decoderDropout: 0 };
const model = eomtModel(eomtConfig(eomtVariants["EoMT-T/16"], use));

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

/** A network that gives the scores of recorded answers, one after the other. */
async function recorded(answers: readonly (readonly [NDArray, NDArray])[], [h, w]: Size) {
  const [classes, masks] = answers[0]!.map(({ shape }, i) =>
    input(["classes", "masks"][i]!, [1, ...shape])
  ) as [Tensor, Tensor];
  const scores = model.scores({ predictions: [{ classes, masks }], height: h, width: w });
  const program = await Program.compile({ scores: classesLast(scores) }, {
    provider: "cpu",
    threads: 1,
  });
  let next = 0;
  const network: Scorer = {
    layout: () => Promise.resolve({ cells: [h, w], covered: [h, w], classes: ncls }),
    run: async (_, scores) => {
      const [classes, masks] = answers[next++]!.map(({ shape, data }) =>
        value(data, [1, ...shape])
      );
      const feeds = { classes: classes!, masks: masks! };
      await program.runInto(feeds, { scores: value(scores, [h, w, ncls]) });
    },
  };
  return { network, release: () => program.release() };
}

/** The labels of a picture as a predictor makes them of what the network says of the view's windows. */
async function labelsOf(
  answers: readonly (readonly [NDArray, NDArray])[],
  view: View,
  picture: Size,
): Promise<Uint8Array> {
  const { network, release } = await recorded(answers, view.window);
  const unseen = { shape: [0], data: new Float32Array() };
  const pass = await Pass.open(network, view, () => unseen, picture);
  const tiles = new TileClassifier(model, ncls, 1, 1);
  const labels = new Uint8Array(picture[0] * picture[1]);
  await classify(picture, [pass], tiles, (tile, [top, bottom], [left, right]) => {
    for (let y = top; y < bottom; y++) {
      const start = (y - top) * tiles.size.side;
      labels.set(tile.labels.subarray(start, start + right - left), y * picture[1] + left);
    }
  });
  await tiles.release();
  await release();
  return labels;
}

// Without windows the reference takes all that the network saw for the picture, padding and all.
goldenTest(
  "the scores of queries give transformers' labels of pictures as a whole",
  file,
  async () => {
    const seen = seenBy(size);
    const view: View = {
      ...{ size: seen, seen, window: seen, stride: seen },
      ...{ resampling: null, direct: true, mirrored: false },
    };
    for (const [index, picture] of targets.entries()) {
      const answer = [one("in/class", index), one("in/masks", index)] as const;
      assertMap(await labelsOf([answer], view, picture), `out/semantic/map${index}`, 0);
    }
  },
);

goldenTest(
  "the scores of queries give transformers' labels of pictures in windows",
  file,
  async () => {
    const offsets = file.numbers("in/split/offsets");
    const [side] = seenBy(split_size);
    const protocol = { ratios: [1], flip: false, ...squaresAlong(side) };
    for (const [index, picture] of splits.entries()) {
      const [view] = viewsOf(picture, protocol) as [View];
      assertEquals(view.seen, contentOf(picture, split_size));
      const own = [...Array(offsets.length / 3).keys()].filter((i) => offsets[3 * i] === index);
      const axis = view.seen[0] > view.seen[1] ? 0 : 1;
      const starts = anchors(view.seen[axis], view.window[axis], view.stride[axis]);
      assertEquals(starts, own.map((i) => offsets[3 * i + 1]!));
      const answers = own.map((i) => [one("in/split/class", i), one("in/split/masks", i)] as const);
      assertMap(await labelsOf(answers, view, picture), `out/split/map${index}`, 0);
    }
  },
);

const AS_IT_IS = { seen: [1, 4], content: [1, 4], picture: [1, 4] } as const;

/** Two queries of three classes on a row of four pixels, and a third that sees nothing. */
function row(masks: readonly number[][], shares: readonly number[][]) {
  const classes = { shape: [masks.length, 4], data: Float32Array.from(shares.flat(), Math.log) };
  const shape = [masks.length, 1, 4];
  return placedAnswer(classes, { shape, data: Float32Array.from(masks.flat()) }, AS_IT_IS);
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

Deno.test("placedAnswer() refuses arrays that do not belong together", () => {
  const classes = { shape: [2, 3], data: new Float32Array(6) };
  const masks = { shape: [3, 1, 1], data: new Float32Array(3) };
  const got = "[queries, height, width] needed, got [2, 3] and [3, 1, 1]";
  assertThrows(() => placedAnswer(classes, masks, AS_IT_IS), RangeError, got);
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
