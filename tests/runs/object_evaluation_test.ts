import { assert, assertEquals } from "@std/assert";
import type { Dataset } from "../../lib/data/dataset.ts";
import { evaluateModel } from "../../lib/runs/evaluate_model.ts";
import { describedObjects, thingsIn } from "../../lib/runs/object_evaluation.ts";
import { trainModel } from "../../lib/runs/train_model.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { MaskAp } from "../../lib/scoring/mask_ap.ts";
import { PanopticQuality } from "../../lib/scoring/panoptic_quality.ts";
import { objectKey, objectModel } from "../segment/object_model.ts";

const data = scenes({ seed: 1, split: "train", length: 2, size: 32 });

Deno.test("trainModel() learns from images without objects, and evaluateModel() scores what it learned", async () => {
  const { instances: _, ...plain } = data;
  const nothing = { width: 32, height: 32, data: new Int32Array(32 * 32), segments: [] };
  const empty: Dataset = { ...plain, objects: () => Promise.resolve(nothing) };
  const losses: number[] = [];
  const model = await trainModel({
    network: "EoMT-T/16",
    task: "panoptic",
    data: empty,
    steps: 2,
    batch: 2,
    crop: 32,
    threads: 1,
    onStep: ({ loss }) => void losses.push(loss),
  });
  assert(losses.length === 2 && losses.every(Number.isFinite), `${losses}`);
  assertEquals(model.things, data.things);
  const { objects } = await evaluateModel(model, data, { threads: 1 });
  assertEquals(objects?.task, "panoptic");
});

Deno.test("thingsIn() believes the network, then the data, then what is usual", () => {
  const model = objectModel("panoptic");
  const { things: _, ...unsaid } = model;
  const others = { things: [true, false, false] };
  assertEquals(thingsIn(model, others), { things: objectKey.things, assumed: [] });
  assertEquals(thingsIn(unsaid, others), { ...others, assumed: [] });
  const assumed = thingsIn(unsaid, {});
  assertEquals([assumed.things, assumed.assumed.length], [[true, true, true], 1]);
  const coco = { ...unsaid, classes: Array.from({ length: 133 }, (_, i) => `${i}`) };
  const { things } = thingsIn(coco, {});
  assertEquals([things.indexOf(false), things.lastIndexOf(true)], [80, 79]);
});

Deno.test("describedObjects() has null where there is nothing to score", () => {
  const facts = { toldApart: "by hand", assumed: [] };
  const panoptic = { task: "panoptic", scores: new PanopticQuality([true]).result() } as const;
  const none = { PQ: null, SQ: null, RQ: null };
  assertEquals(describedObjects({ found: panoptic, ...facts }, ["car"]), {
    task: "panoptic",
    toldApart: "by hand",
    ...none,
    things: none,
    stuff: none,
    perClass: { car: { ...none, matched: 0, missed: 0, wrong: 0 } },
  });
  const instance = { task: "instance", scores: new MaskAp(1).result() } as const;
  const described = describedObjects({ found: instance, ...facts }, ["car"]);
  const { task: _, toldApart: __, perClass, ...numbers } = described as Record<string, unknown>;
  assertEquals(
    Object.keys(numbers).join(" "),
    [
      ...["AP", "AP50", "AP75", "APsmall", "APmedium", "APlarge"],
      ...["AR1", "AR10", "AR100", "ARsmall", "ARmedium", "ARlarge"],
    ].join(" "),
  );
  assertEquals([...new Set(Object.values(numbers)), perClass], [null, { car: null }]);
});
