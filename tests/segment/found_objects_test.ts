import { assert, assertEquals, assertRejects } from "@std/assert";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compressedRuns } from "../../lib/annotations/run_lengths.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import type { Task } from "../../lib/families/family.ts";
import { decodeImage } from "../../lib/images/decode.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import { areasOf, labelsOf } from "../../lib/images/objects.ts";
import { evaluateModel } from "../../lib/runs/evaluate_model.ts";
import { listPictures } from "../../lib/segment/inputs.ts";
import { segmentFiles } from "../../lib/segment/many.ts";
import { type PictureModel, pictureModelOf } from "../../lib/segment/picture_model.ts";
import { usualSaving } from "../../lib/segment/saving.ts";
import { segment } from "../../lib/segment/segment.ts";
import { pattern, withFolder } from "../data/fixtures.ts";
import { objectKey, objectModel } from "./object_model.ts";

const photo = pattern(90, 60);
const panoptic = objectModel("panoptic");
const instance = objectModel("instance");

const jsonOf = async (path: string) => JSON.parse(await readFile(path, "utf8"));

/** Segments two photos into a folder. */
async function segmented(dir: string, model: PictureModel) {
  for (const name of ["a.png", "b.png"]) {
    await writeFile(join(dir, name), await encodeImage(name === "a.png" ? photo : pattern(64, 80)));
  }
  const files = [join(dir, "a.png"), join(dir, "b.png")];
  return await segmentFiles(model, files, join(dir, "out"));
}

const opened = (model: typeof panoptic, task?: Task) =>
  pictureModelOf(model, { threads: 1, ...task && { task } });

Deno.test("segment() gives the objects beside the classes when the network tells them apart", async () => {
  const { objects, labels } = await segment(panoptic, photo, { threads: 1 });
  assert(objects !== null && objects.areas.length > 1);
  assertEquals(objects.objects.data.length, 90 * 60);
  assertEquals(
    objects.instances.length,
    objects.areas.filter(({ thing }) => thing).length,
    "things are the instances of panoptic segmentation",
  );
  const alone = await segment(panoptic, photo, { threads: 1, task: "semantic" });
  assertEquals(alone.objects, null);
  assertEquals(alone.labels, labels);
});

Deno.test("segment() shows the surest instance where several are", async () => {
  const { objects } = await segment(instance, photo, { threads: 1 });
  const { instances, objects: { data, segments } } = objects!;
  assert(instances.length > 1 && instances.every(({ class: index }) => objectKey.things[index]));
  const scores = instances.map(({ score }) => score!);
  assertEquals(scores, scores.toSorted((a, b) => b - a));
  for (const { id, class: index, score } of segments) {
    assertEquals([index, score], [instances[id - 1]!.class, instances[id - 1]!.score]);
  }
  const surest = data.reduce((sum, id) => sum + (id === 1 ? 1 : 0), 0);
  const { counts } = instances[0]!.mask;
  assertEquals(
    surest,
    counts.reduce((sum, count, i) => sum + (i % 2) * count, 0),
    "nothing hides it",
  );
});

Deno.test("segment() asks another network when classes alone are its task", async () => {
  const model = objectModel("semantic");
  await assertRejects(
    () => segment(model, photo, { task: "panoptic" }),
    RangeError,
    "a network that was trained for panoptic or instance segmentation needed, got a eomt for classes alone",
  );
  assertEquals((await segment(model, photo, { threads: 1 })).objects, null);
  await assertRejects(
    () => segment(panoptic, photo, { task: "objects" as Task }),
    RangeError,
    "semantic, instance or panoptic needed as task",
  );
  const saving = usualSaving("panoptic");
  await assertRejects(
    () => pictureModelOf(model, { saving }),
    RangeError,
    "Cannot save panoptic: objects needed",
  );
});

Deno.test("segmentFiles() writes COCO's panoptic format when the network is panoptic", () =>
  withFolder(async (dir) => {
    const model = await opened(panoptic);
    const { objects } = await segmented(dir, model);
    const out = join(dir, "out");
    const files = ["a", "b"].flatMap((name) =>
      [".json", "_labels.png", "_overlay.png"].map((end) => name + end)
    );
    assertEquals((await readdir(out)).sort(), [...files, "panoptic", "panoptic.json"]);
    const { images, annotations, categories } = await jsonOf(join(out, "panoptic.json"));
    assertEquals(categories.map(({ isthing }: { isthing: number }) => isthing), [0, 1, 1]);
    assertEquals(images.map((one: { file_name: string }) => one.file_name), ["a.png", "b.png"]);
    let total = 0;
    for (const { file_name, segments_info } of annotations) {
      const { data } = await decodeImage(join(out, "panoptic", file_name));
      const ids = Int32Array.from(
        { length: data.length / 3 },
        (_, i) => data[3 * i]! + 256 * data[3 * i + 1]! + 65536 * data[3 * i + 2]!,
      );
      const areas = areasOf({ data: ids });
      assertEquals(
        segments_info.map((one: { id: number; area: number }) => [one.id, one.area]).sort(),
        [...areas].sort(),
      );
      total += segments_info.length;
      const own = await jsonOf(join(out, file_name.replace(".png", ".json")));
      assertEquals(own.objects.length, segments_info.length);
    }
    assertEquals(objects.reduce((sum, { count }) => sum + count, 0), total);
    assertEquals(await listPictures([dir]), [join(dir, "a.png"), join(dir, "b.png")]);
    await segmented(dir, model); // its own files are replaced
  }));

Deno.test("segmentFiles() writes instances with run lengths when the network is of instances", () =>
  withFolder(async (dir) => {
    await segmented(dir, await opened(instance));
    const { annotations } = await jsonOf(join(dir, "out", "instances.json"));
    assert(annotations.length > 1);
    assert(!existsSync(join(dir, "out", "panoptic.json")));
    for (const { category_id, segmentation: { counts, size }, area, score } of annotations) {
      assert(category_id !== 1, "stuff is no instance");
      const runs = compressedRuns(counts);
      assertEquals(runs.reduce((sum, run) => sum + run, 0), size[0] * size[1]);
      assertEquals(runs.reduce((sum, run, i) => sum + (i % 2) * run, 0), area);
      assert(score > 0.8 && score <= 1);
    }
  }));

Deno.test("segmentFiles() leaves a PNG alone when it lies where ids would go", () =>
  withFolder(async (dir) => {
    await mkdir(join(dir, "out", "panoptic"), { recursive: true });
    await writeFile(join(dir, "out", "panoptic", "a.png"), await encodeImage(photo));
    const model = await opened(panoptic);
    await assertRejects(() => segmented(dir, model), RangeError, "which would be lost");
  }));

Deno.test("pictureModelOf() says what is assumed when nobody has said what things are", async () => {
  const { things: _, ...unsaid } = panoptic;
  const all = await pictureModelOf(unsaid, { threads: 1 });
  assertEquals([all.things, all.assumed.length], [[true, true, true], 1]);
  await withFolder(async (dir) => {
    const classFile = join(dir, "classes.json");
    const classes = objectKey.classes.map((name, i) => ({ name, thing: objectKey.things[i] }));
    await writeFile(classFile, JSON.stringify({ classes }));
    const said = await pictureModelOf(unsaid, { threads: 1, classFile });
    assertEquals([said.things, said.assumed], [objectKey.things, []]);
  });
});

Deno.test("evaluateModel() gives full marks when the truth is what the network finds", async () => {
  const photos = [photo, pattern(64, 80)];
  for (const model of [panoptic, instance]) {
    const found = await Promise.all(photos.map(async (image) => {
      const { objects } = await segment(model, image, { threads: 1 });
      return objects!.objects;
    }));
    const data: Dataset = {
      name: "found",
      ...objectKey,
      length: photos.length,
      example: (i) =>
        Promise.resolve({ name: `${i}`, image: photos[i]!, labels: labelsOf(found[i]!) }),
      objects: (i) => Promise.resolve(found[i]!),
    };
    const { objects, metrics } = await evaluateModel(model, data, { threads: 1 });
    assert(metrics.mIoU > 0);
    if (objects!.task === "panoptic") {
      const { all, perClass } = objects!.scores;
      assertEquals([all.pq, all.sq, all.rq], [1, 1, 1]);
      const matched = perClass.reduce((sum, one) => sum + one.matched, 0);
      assertEquals(matched, found.reduce((sum, { segments }) => sum + segments.length, 0));
    } else assert(objects!.scores.ap > 0 && objects!.scores.ap <= 1);
  }
});
