import { assert, assertEquals } from "@std/assert";
import { predictorOf } from "../../lib/inference/predictor_of.ts";
import { openModel } from "../../lib/models/open.ts";
import { segment } from "../../lib/segment/segment.ts";
import { pattern } from "../data/fixtures.ts";
import { ownPath } from "../golden.ts";

const model = await openModel(ownPath("containers/segmenter_small/checkpoint.pth"));

Deno.test("predictorOf() gives the same predictor when model and options are the same", () => {
  const options = { threads: 1, flip: true };
  const predictor = predictorOf(model, options, "Cannot test");
  assert(predictorOf(model, { flip: true, threads: 1 }, "Cannot test") === predictor);
  assert(predictorOf(model, { threads: 1 }, "Cannot test") !== predictor);
  assert(predictorOf({ ...model }, options, "Cannot test") !== predictor);
});

Deno.test("segment() gives the same when pictures are given at once", async () => {
  const pictures = [pattern(64, 64), pattern(90, 70), pattern(70, 130)];
  const options = { threads: 1 };
  const atOnce = await Promise.all(pictures.map((picture) => segment(model, picture, options)));
  for (const [index, picture] of pictures.entries()) {
    const alone = await segment(model, picture, options);
    assertEquals(alone.areas, atOnce[index]!.areas);
  }
});

Deno.test("release() waits for the image under way, and the next one compiles anew", async () => {
  const predictor = predictorOf(model, { threads: 1, flip: true }, "Cannot test");
  const picture = pattern(90, 70);
  const underWay = predictor.predict(picture);
  await predictor.release();
  assertEquals((await underWay).labels, (await predictor.predict(picture)).labels);
});
