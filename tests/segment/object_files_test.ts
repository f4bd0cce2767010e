import { assert, assertEquals, assertRejects } from "@std/assert";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ObjectExample, withObjects } from "../../lib/data/with_objects.ts";
import { decodeLabels } from "../../lib/images/decode.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import type { Image } from "../../lib/images/image.ts";
import { type Instance, instancesOf } from "../../lib/images/instances.ts";
import type { ObjectKey, Objects } from "../../lib/images/objects.ts";
import { runsOfMask } from "../../lib/images/mask_runs.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { isAsWritten } from "../../lib/segment/own_json.ts";
import { writeInstances, writePanoptic } from "../../lib/segment/object_files.ts";
import { namedFiles } from "../../lib/sets/named.ts";
import { withFolder, writeFiles } from "../data/fixtures.ts";
import { assertSame } from "../same.ts";

const data = withObjects(scenes({ seed: 5, split: "train", length: 3, size: 48 }));
const key: ObjectKey = { classes: data.classes, palette: data.palette, things: data.things };
const examples = await Promise.all([0, 1, 2].map((index) => data.example(index)));

/** Writes the examples' pictures and what `write` makes of them, and reads it back, by name. */
async function readBack(
  dir: string,
  file: string,
  write: (path: string, names: readonly string[]) => Promise<unknown>,
): Promise<ReadonlyMap<string, ObjectExample>> {
  const names = examples.map((_, i) => `picture_${i}.png`);
  const pictures = await Promise.all(examples.map(({ image }) => encodeImage(image as Image)));
  await writeFiles(dir, Object.fromEntries(names.map((name, i) => [`in/${name}`, pictures[i]!])));
  const path = join(dir, file);
  await write(path, names);
  assert(isAsWritten(await readFile(path, "utf8")));
  const found = new Map<string, ObjectExample>();
  for (const split of ["train", "val"] as const) {
    const data = withObjects(await namedFiles(path, split));
    for (let i = 0; i < data.length; i++) {
      const example = await data.example(i);
      found.set(`${example.name}.png`, example);
    }
  }
  assertEquals([...found.keys()].sort(), names);
  return found;
}

const imageOf = (file_name: string) => ({ file_name, width: 48, height: 48 });
const byId = ({ segments }: Objects) => segments.toSorted((a, b) => a.id - b.id);

Deno.test("writePanoptic() writes what is read back as the same objects", () =>
  withFolder(async (dir) => {
    const back = await readBack(dir, "panoptic.json", async (path, names) => {
      const count = await writePanoptic(path, key, async (add) => {
        for (const [i, name] of names.entries()) await add(imageOf(name), examples[i]!.objects);
        return names.length;
      });
      assertEquals(count, 3);
    });
    [...back.keys()].sort().forEach((name, i) => {
      const { objects, labels } = back.get(name)!;
      assertSame(objects.data, examples[i]!.objects.data);
      assertSame(byId(objects), byId(examples[i]!.objects));
      assertSame(labels, examples[i]!.labels);
    });
    const json = JSON.parse(await readFile(join(dir, "panoptic.json"), "utf8"));
    const { segments_info } = json.annotations[0];
    const areas = segments_info.map(({ area }: { area: number }) => area);
    assertEquals(areas.reduce((sum: number, area: number) => sum + area, 0), 48 * 48);
    const [tree] = json.categories.filter(({ name }: { name: string }) => name === "tree");
    assertEquals([tree.id, tree.isthing, tree.color], [8, 1, [20, 110, 50]]);
  }));

Deno.test("writeInstances() writes what is read back as the same things", () =>
  withFolder(async (dir) => {
    const all = examples.map(({ objects }) => instancesOf(objects, key.things));
    const back = await readBack(
      dir,
      "instances.json",
      (path, names) =>
        writeInstances(path, key, async (add) => {
          for (const [i, name] of names.entries()) await add(imageOf(name), all[i]!);
        }),
    );
    [...back.keys()].sort().forEach((name, i) => {
      // The background, which is no category here, comes first.
      const found = instancesOf(back.get(name)!.objects, [false, ...key.things]);
      assertSame(texts(found, 1), texts(all[i]!, 0));
    });
  }));

/** Instances in any order, as texts. */
function texts(instances: readonly Instance[], first: number): string[] {
  return instances.map(({ class: index, mask }) => `${index - first} ${mask.counts}`).sort();
}

Deno.test("written objects keep scores of six digits, and large ids", () =>
  withFolder(async (dir) => {
    const segments = [{ id: 2 ** 24 - 1, class: 9, score: 0.12345678 }, { id: 300, class: 7 }];
    const objects = { width: 2, height: 1, data: Int32Array.of(2 ** 24 - 1, 300), segments };
    const image = { file_name: "folder/a.b.jpg", width: 2, height: 1 };
    await writePanoptic(join(dir, "p.json"), key, async (add) => {
      await add(image, objects);
      await add({ ...image, file_name: "other/A.B.png" }, objects);
    });
    const { annotations } = JSON.parse(await readFile(join(dir, "p.json"), "utf8"));
    const names = annotations.map(({ file_name }: { file_name: string }) => file_name);
    assertEquals(names, ["a.b.png", "A.B_2.png"]);
    assertEquals(annotations[0].segments_info[0], {
      id: 16777215,
      category_id: 10,
      area: 1,
      bbox: [0, 0, 1, 1],
      iscrowd: 0,
      score: 0.123457,
    });
    const { data } = await decodeLabels(join(dir, "p", "a.b.png"));
    assertEquals([...data], [255, 255, 255, 44, 1, 0]);
    const mask = runsOfMask([0, 1], 2, 1);
    await writeInstances(
      join(dir, "i.json"),
      key,
      (add) => add(image, [{ class: 9, mask, score: 1 / 3 }]),
    );
    const instances = JSON.parse(await readFile(join(dir, "i.json"), "utf8"));
    assertEquals(instances.annotations, [{
      id: 1,
      image_id: 1,
      category_id: 10,
      segmentation: { size: [1, 2], counts: "11" },
      area: 1,
      bbox: [1, 0, 1, 1],
      iscrowd: 0,
      score: 0.333333,
    }]);
  }));

Deno.test("writePanoptic() and writeInstances() refuse what is no such thing, and leave no file", () =>
  withFolder(async (dir) => {
    const path = join(dir, "p.json");
    const image = { file_name: "a.jpg", width: 2, height: 1 };
    const objects: Objects = { width: 2, height: 1, data: Int32Array.of(1, 0), segments: [] };
    const write = (objects: Objects, image_ = image) =>
      writePanoptic(path, key, (add) => add(image_, objects));
    const doing = "Cannot write the objects of a.jpg: ";
    await assertRejects(() => write(objects), RangeError, `${doing}a segment for each id`);
    const whole = { ...objects, segments: [{ id: 1, class: 0 }] };
    const size = { ...image, width: 1, height: 2 };
    await assertRejects(() => write(whole, size), RangeError, `${doing}a map of the picture's 1×2`);
    const none = () => writePanoptic(join(dir, "p"), key, () => Promise.resolve());
    await assertRejects(none, RangeError, "a path that ends in .json needed");
    const sky = { class: 0, mask: runsOfMask([1, 0], 2, 1) };
    const instances = () => writeInstances(path, key, (add) => add(image, [sky]));
    await assertRejects(instances, RangeError, "of a.jpg: classes of things needed, got sky");
    assertEquals(await readdir(dir), []);
  }));
