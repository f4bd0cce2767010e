/** The loop of labelling: ranked photos, first labels for them, corrected ones back into training data. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rankCommand } from "../../experiments/commands/rank.ts";
import { segmentCommand } from "../../experiments/commands/segment.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import { namedFiles } from "../../lib/sets/named.ts";
import { pattern, withFolder } from "../data/fixtures.ts";
import { ownPath } from "../golden.ts";

const model = ["--model", ownPath("containers/segmenter_small/checkpoint.pth"), "--threads", "1"];

Deno.test("rank, segment --save coco, a correction, and the labels are data to train on", () =>
  withFolder(async (dir) => {
    for (const [i, name] of ["a", "b", "c"].entries()) {
      await writeFile(join(dir, `${name}.png`), await encodeImage(pattern(90 + 20 * i, 70)));
    }
    const ranking = join(dir, "ranking.json");
    await rankCommand().parseAsync([dir, ...model, "--out", ranking], { from: "user" });
    const { label_next } = JSON.parse(await readFile(ranking, "utf8"));
    assertEquals(label_next.length, 3);
    const chosen: string[] = label_next.slice(0, 2).map((one: { picture: string }) => one.picture);
    assert(label_next[0].mean_entropy_nats > 0 && label_next[0].distance_to_those_before === null);
    assert(label_next[1].distance_to_those_before > 0);

    const photos = chosen.map((name) => join(dir, name));
    const segmenting = [...photos, ...model, "--save", "coco", "--out", dir];
    await segmentCommand().parseAsync(segmenting, { from: "user" });
    const path = join(dir, "annotations.coco.json");
    const coco = JSON.parse(await readFile(path, "utf8"));
    assertEquals(coco.images.map((image: { file_name: string }) => image.file_name), chosen);

    // In the tool: one more region, on the first photo, of a class of its own.
    const square = [10, 10, 20, 10, 20, 20, 10, 20];
    const more = { id: 9999, image_id: 1, category_id: 8, segmentation: [square], area: 100 };
    coco.categories.push({ id: 8, name: "mistaken", supercategory: "" });
    coco.annotations.push({ ...more, bbox: [10, 10, 10, 10], iscrowd: 0 });
    await writeFile(path, JSON.stringify(coco));
    const again = segmentCommand().parseAsync(segmenting, { from: "user" });
    await assertRejects(() => again, RangeError, "which would be lost; choose another --out");

    const val = [chosen[1]!.replace(".png", "")];
    const description = { name: "mine", annotations: "annotations.coco.json", val };
    await writeFile(join(dir, "mine.json"), JSON.stringify(description));
    const train = await namedFiles(join(dir, "mine.json"), "train");
    assertEquals(train.classes.at(-1), "mistaken");
    const { labels, name } = await train.example(0);
    assertEquals(`${name}.png`, chosen[0]);
    assertEquals(labels.data[15 * labels.width + 15], train.classes.indexOf("mistaken"));
    assertStringIncludes(train.source.format!, "COCO JSON");
  }));

Deno.test("rank writes over its own list and no other file", () =>
  withFolder(async (dir) => {
    const photo = join(dir, "a.png");
    await writeFile(photo, await encodeImage(pattern(64, 64)));
    const out = join(dir, "mine.json");
    const run = () => rankCommand().parseAsync([photo, ...model, "--out", out], { from: "user" });
    await run();
    await run();
    await writeFile(out, '{"name": "mine"}');
    await assertRejects(run, RangeError, `got ${out}, which would be lost; choose another --out`);
    const nothing = rankCommand().parseAsync([join(dir, "*.jpg"), ...model], { from: "user" });
    await assertRejects(() => nothing, RangeError, "Cannot rank");
  }));
