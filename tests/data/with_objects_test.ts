import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { atLongSide } from "../../lib/data/at_long_side.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import { shareOf } from "../../lib/data/part.ts";
import { thingsOf, withObjects } from "../../lib/data/with_objects.ts";
import { labelsOf } from "../../lib/images/objects.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { arrayDataset } from "../../lib/sets/arrays.ts";
import { assertSame } from "../same.ts";
import { labelMap, pattern } from "./fixtures.ts";

const labels = labelMap(6, 4, (x, y) => y === 3 ? 255 : x === 1 || x === 4 ? 1 : 0);
const plain = arrayDataset({
  classes: ["ground", "pole"],
  examples: [{ image: pattern(6, 4), labels }],
});
const things = [false, true];

Deno.test("withObjects() takes components of things for objects when labels are plain", async () => {
  const told = withObjects(plain, things);
  assertEquals(told.toldApart, "as connected components, since the data have no ids of them");
  const { objects } = await told.example(0);
  assertEquals(objects.segments, [
    { id: 1, class: 0 },
    { id: 2, class: 1 },
    { id: 3, class: 1 },
  ]);
  const rows = [1, 2, 1, 1, 3, 1];
  assertEquals([...objects.data], [...rows, ...rows, ...rows, 0, 0, 0, 0, 0, 0]);
  assertSame(labelsOf(objects), labels);
});

Deno.test("withObjects() tells things apart by the ids that a data set has for them", async () => {
  const instances = Uint16Array.from(labels.data, (label, i) => label === 1 && i < 12 ? 7 : 0);
  const data: Dataset = { ...plain, things, instances: () => Promise.resolve(instances) };
  assertEquals(withObjects(data).toldApart, "by the data's own ids");
  const { objects } = await withObjects(data).example(0);
  // Poles of one id are one thing, though apart; pixels without an id are a group.
  assertEquals(objects.segments, [
    { id: 1, class: 0 },
    { id: 2, class: 1 },
    { id: 3, class: 1, isCrowd: true },
  ]);
  assertSame(await withObjects(data).objects(0), objects);
});

Deno.test("withObjects() gives those that a data set has, of parts and other sizes too", async () => {
  const data = scenes({ seed: 1, split: "train", length: 20, size: 64 });
  const [whole, share] = [withObjects(data), withObjects(shareOf(data, 0.2, 1))];
  const { name } = await share.example(2);
  const index = Number(name.split("/").at(-1));
  assertSame((await share.example(2)).objects, (await whole.example(index)).objects);
  for (const small of [atLongSide(whole, 40), withObjects(atLongSide(data, 40))]) {
    const example = await small.example(3);
    assertEquals([example.objects!.width, example.objects!.height], [40, 40]);
    assertSame(labelsOf(example.objects!), example.labels);
  }
});

Deno.test("withObjects() refuses what leaves objects unknown", async () => {
  assertThrows(() => withObjects(plain), RangeError, "2 classes (ground, pole) is of things");
  assertThrows(() => withObjects(plain, [true]), RangeError, "got that of 1");
  const data = scenes({ seed: 1, split: "train", length: 2, size: 32 });
  const others = data.things!.map((isThing) => !isThing);
  assertThrows(() => withObjects(data, others), RangeError, "tells apart needed (roof, wall");
  const wrong = (change: object) => {
    const objects = async () => ({ ...await data.objects!(0), ...change });
    return withObjects({ ...data, objects }).example(0);
  };
  const segments = [{ id: 1, class: 10 }];
  await assertRejects(() => wrong({ segments }), RangeError, "from 0 to 9 needed, got 10");
  await assertRejects(() => wrong({ segments: [] }), RangeError, "got none for 1");
  await assertRejects(
    () => wrong({ width: 16, height: 64 }),
    RangeError,
    "Cannot use the objects of scenes/train/0: a map of the image's 32×32 pixels needed, got 16×64",
  );
});

Deno.test("thingsOf() divides classes by two lists of names", () => {
  const classes = ["sky", "car", "road"];
  assertEquals(thingsOf(classes, ["car"], ["road", "sky"]), [false, true, false]);
  const refused = (things: string[], stuff: string[], got: string) =>
    assertThrows(() => thingsOf(classes, things, stuff), RangeError, got);
  refused(["car", "sky"], ["road", "sky"], "got sky as both");
  refused(["car"], ["road"], "got sky as neither");
  refused(["cat"], classes, "names of the classes (sky, car, road) needed, got cat");
  assert(thingsOf(classes, [], classes).every((isThing) => !isThing));
});
