import { assert, assertEquals, assertRejects } from "@std/assert";
import { withObjects } from "../../lib/data/with_objects.ts";
import { type Instance, instancesOf } from "../../lib/images/instances.ts";
import type { Objects } from "../../lib/images/objects.ts";
import type { ObjectPredictor } from "../../lib/inference/object_predictor.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { evaluateObjects } from "../../lib/scoring/evaluate_objects.ts";
import { assertSame } from "../same.ts";

const data = withObjects(scenes({ seed: 1, split: "val", length: 3, size: 64 }));
const { things } = data;

/** Finds what is there, as `change` leaves it; images tell which example it is. */
async function oracle(change: (objects: Objects) => Objects): Promise<ObjectPredictor> {
  const known = new Map<unknown, Objects>();
  const examples = await Promise.all([0, 1, 2].map((index) => data.example(index)));
  for (const { image, objects } of examples) known.set(String(image.data), change(objects));
  return {
    things,
    find: (image) => {
      const objects = known.get(String(image.data))!;
      const instances = instancesOf(objects, things)
        .map((one): Instance => ({ ...one, score: 0.9 }));
      return Promise.resolve({ objects, instances });
    },
  };
}

Deno.test("evaluateObjects() gives 1 for what is right, and shows each example", async () => {
  const seen: string[] = [];
  const { scores } = await evaluateObjects(await oracle((objects) => objects), data, (scored) => {
    assertSame(scored.found.objects, scored.example.objects);
    seen.push(`${scored.index} ${scored.example.name}`);
  });
  assertEquals(seen, ["0 scenes/val/0", "1 scenes/val/1", "2 scenes/val/2"]);
  assertEquals([scores.images, scores.panoptic.all.pq], [3, 1]);
  assert(Math.abs(scores.instances.ap - 1) < 1e-12);
});

Deno.test("evaluateObjects() loses the things that are not found, and no stuff", async () => {
  const first = await oracle((objects) => {
    const tree = objects.segments.find((one) => data.classes[one.class] === "tree")?.id;
    return {
      ...objects,
      segments: objects.segments.filter(({ id }) => id !== tree),
      data: objects.data.map((id) => id === tree ? 0 : id),
    };
  });
  const { scores: { panoptic, instances } } = await evaluateObjects(first, data);
  const tree = data.classes.indexOf("tree");
  assert(panoptic.perClass[tree]!.missed >= 1 && panoptic.things.pq < 1);
  assert(instances.perClass[tree]! < 0.9);
  assertEquals(panoptic.stuff.pq, 1);
});

Deno.test("evaluateObjects() refuses other things, other classes, and stuff among instances", async () => {
  const right = await oracle((objects) => objects);
  const refused = (changes: Partial<ObjectPredictor>, message: string) =>
    assertRejects(() => evaluateObjects({ ...right, ...changes }, data), RangeError, message);
  await refused({ things: [true] }, "a network of its 10 classes needed, got one of 1");
  await refused({ things: things.map((one, i) => i === 0 || one) }, "it otherwise with sky");
  const find: ObjectPredictor["find"] = async (image) => {
    const { objects } = await right.find(image);
    return { objects, instances: instancesOf(objects, things.map(() => true)) };
  };
  await refused({ find }, "Cannot score scenes/val/0: Cannot score instances: classes of things");
});
