import { assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { modelDifference } from "../../lib/analysis/model_difference.ts";
import { arrayDataset } from "../../lib/sets/arrays.ts";
import { exampleOf, labelMap } from "../data/fixtures.ts";
import { scoredModel } from "./scored_model.ts";

/** The left half is class 0, the right half class 1. */
const halves = exampleOf(labelMap(64, 48, (x) => x < 32 ? 0 : 1));
const data = arrayDataset({ classes: ["left", "right"], examples: [halves, halves, halves] });
/** Networks that say one class of every pixel. */
const [allLeft, allRight] = [scoredModel([1, 0]), scoredModel([0, 1])];

Deno.test("modelDifference() compares two networks with the labels and with each other", async () => {
  const heard: number[] = [];
  const found = await modelDifference(allLeft, allRight, data, {
    threads: 1,
    names: ["one", "two"],
    onProgress: ({ done, total }) => heard.push(done / total),
  });
  const json = JSON.parse(JSON.stringify(found));
  assertEquals([json.pixels, json.differ, json.accuracy], [3 * 3072, 1, [0.5, 0.5]]);
  assertEquals(json.by_class_pair, [
    { said: ["left", "right"], pixels: 9216, share: 1, right: [4608, 4608] },
  ]);
  // The second is right on the right half alone.
  const gains = json.by_position.accuracy_second_less_first[0];
  assertEquals([gains.at(0), gains.at(-1)], [-1, 1]);
  assertEquals(heard, [0, 1, 2, 3].map((done) => done / 3));
  assertStringIncludes(
    found.text(),
    "only one is right on 50.0 %, only two on 50.0 %, neither on 0 %",
  );
  assertEquals(Object.keys(await found.pictures()), [
    "distance",
    "size",
    "pairs",
    "position",
    "images",
  ]);
});

Deno.test("modelDifference() finds where one network is wrong", async () => {
  const found = await modelDifference(allLeft, null, data, { threads: 1 });
  const json = JSON.parse(JSON.stringify(found));
  assertEquals([json.differ, json.accuracy, json.networks], [0.5, [0.5], ["A"]]);
  assertEquals(json.by_class_pair[0].said, ["right", "left"]); // label, then what was said
  const { differ } = json.by_position;
  assertAlmostEquals(differ[0].at(0), 0);
  assertAlmostEquals(differ[0].at(-1), 1);
  assertStringIncludes(found.text(), "A is wrong on 50.0 % of 9,216 labelled pixels");
  assertEquals((await found.pictures())["pairs"] !== undefined, true);
});

Deno.test("modelDifference() draws no pairs when nothing differs", async () => {
  const found = await modelDifference(allLeft, allLeft, data, { threads: 1 });
  assertEquals(Object.keys(await found.pictures()), ["distance", "size", "position", "images"]);
});

Deno.test("modelDifference() refuses data of other classes", async () => {
  const others = { ...data, classes: ["up", "down"] };
  await assertRejects(
    () => modelDifference(allLeft, allRight, others),
    RangeError,
    "the model's classes in their order needed (left, right), got a list without left, right and " +
      "with up, down",
  );
});
