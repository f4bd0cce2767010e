import { assertEquals } from "@std/assert";
import { describedObjects, thingsIn } from "../../lib/runs/object_evaluation.ts";
import { MaskAp } from "../../lib/scoring/mask_ap.ts";
import { PanopticQuality } from "../../lib/scoring/panoptic_quality.ts";
import { objectKey, objectModel } from "../segment/object_model.ts";

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
  const facts = { things: [true], toldApart: "by hand", assumed: [] };
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
