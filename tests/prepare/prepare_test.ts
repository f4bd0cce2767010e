import { hostname } from "node:os";
/** The archives here are small ones of our own making, in the layouts of the published ones. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { decodeLabels } from "../../lib/images/decode.ts";
import { prepareArchives, prepareFolder } from "../../lib/prepare/prepare.ts";
import { PUBLISHED_SETS, type PublishedName } from "../../lib/prepare/published_sets.ts";
import { withFolder } from "../data/fixtures.ts";
import { type Entries, image, mask, runLengths, writeTar, writeZip } from "./archives.ts";
import { ARCHIVES, mats, voc } from "./published.ts";

const quiet = () => {};

async function writeArchives(dir: string, archives: Record<string, Entries>): Promise<string[]> {
  return await Promise.all(
    Object.entries(archives).map(async ([name, entries]) => {
      const path = join(dir, name);
      await (name.endsWith("zip") ? writeZip(path, entries) : writeTar(path, entries));
      return path;
    }),
  );
}

for (const [name, [archives, pairs]] of Object.entries(ARCHIVES)) {
  Deno.test(`prepareArchives() makes ${name} ready for its reader, and again`, () =>
    withFolder(async (dir) => {
      const paths = await writeArchives(dir, archives);
      const out = join(dir, "new", "out");
      for (let times = 0; times < 2; times++) {
        const counts = await prepareArchives(name as PublishedName, paths, out, quiet);
        assertEquals(counts.map(({ pairs }) => pairs), pairs);
        assertEquals(counts.map(({ checked }) => checked), pairs);
        assertEquals(await readdir(join(dir, "new")), ["out"]);
      }
      const counts = await prepareFolder(name as PublishedName, out, quiet);
      assertEquals(counts.map(({ pairs }) => pairs), pairs);
    }));
}

Deno.test("PUBLISHED_SETS have the published numbers of pairs", () => {
  const numbers = Object.entries(PUBLISHED_SETS)
    .map(([name, { splits }]) => [name, splits.map(({ pairs }) => pairs[0])]);
  assertEquals(Object.fromEntries(numbers), {
    "ade20k": [20210, 2000],
    "cityscapes": [2975, 500],
    "pascal-context": [4996, 5104],
    "pascal-voc": [1464, 1449],
    "coco-stuff": [118287, 5000],
    "camvid": [367, 101, 233],
  });
});

Deno.test("prepareArchives() leaves nothing behind when it fails", () =>
  withFolder(async (dir) => {
    const [whole] = await writeArchives(dir, ARCHIVES["pascal-voc"][0]);
    const cut = join(dir, "cut.tar");
    await writeFile(cut, (await readFile(whole!)).subarray(0, 5000));
    const out = join(dir, "out");
    const before = await readdir(dir);
    await assertRejects(() => prepareArchives("pascal-voc", [whole!, cut], out, quiet), RangeError);
    assertEquals(await readdir(dir), before);
    await mkdir(out);
    await writeFile(join(out, "mine.txt"), "mine");
    await assertRejects(() => prepareArchives("pascal-voc", [cut], out, quiet), RangeError);
    assertEquals(await readdir(out), ["mine.txt"]);
  }));

Deno.test("prepareArchives() looks at all archives before it writes", () =>
  withFolder(async (dir) => {
    const [whole] = await writeArchives(dir, ARCHIVES["pascal-voc"][0]);
    const paths = [whole!, join(dir, "missing.tar")];
    let pieces = 0;
    const prepared = prepareArchives("pascal-voc", paths, join(dir, "out"), () => pieces++);
    await assertRejects(() => prepared, RangeError, "missing.tar: it needs a tar archive, got no");
    assertEquals(pieces, 0);
    await writeFile(join(dir, "a.json"), "{}");
    await assertRejects(
      () => prepareArchives("ade20k", [join(dir, "a.json")], join(dir, "out"), quiet),
      RangeError,
      "Cannot prepare ADE20K: it needs ADEChallengeData2016.zip, got the JSON file",
    );
  }));

Deno.test("prepareArchives() adds to what is there, also behind a link, and removes leftovers", () =>
  withFolder(async (dir) => {
    const [frames, labels] = await writeArchives(dir, ARCHIVES["cityscapes"][0]);
    const [disk, out] = [join(dir, "disk", "cityscapes"), join(dir, "out")];
    await mkdir(disk, { recursive: true });
    await symlink(disk, out);
    await mkdir(join(dir, "disk", "cityscapes.partial", "gtFine", "train", "x"), {
      recursive: true,
    });
    const half = prepareArchives("cityscapes", [frames!], out, quiet);
    await assertRejects(() => half, RangeError, "gtFine_trainvaltest.zip");
    const counts = await prepareArchives("cityscapes", [labels!], out, quiet);
    assertEquals(counts.map(({ pairs }) => pairs), [1, 1]);
    assertEquals((await readdir(disk)).sort(), ["gtFine", "leftImg8bit"]);
    assertEquals(await readdir(join(dir, "disk")), ["cityscapes"]);
    assertEquals(await readdir(join(disk, "gtFine", "train")), ["aachen"]);
  }));

Deno.test("prepareArchives() lets one process at a time into a folder", () =>
  withFolder(async (dir) => {
    const paths = await writeArchives(dir, ARCHIVES["cityscapes"][0]);
    const out = join(dir, "out");
    const prepare = () => prepareArchives("cityscapes", paths, out, quiet);
    const outcomes = await Promise.allSettled([prepare(), prepare()]);
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    assertEquals(
      refused.map(({ reason }) => reason.message),
      [
        `Cannot prepare Cityscapes in ${out}: a folder that no other process writes to needed, got ` +
        `one of process ${Deno.pid} on ${hostname()}`,
      ],
    );
    assertEquals((await readdir(out)).sort(), ["gtFine", "leftImg8bit"]);
    assertEquals((await readdir(dir)).filter((name) => name.startsWith(".")), []);
  }));

Deno.test("prepareArchives() converts Pascal Context's MAT files and splits them as VOC does", () =>
  withFolder(async (dir) => {
    const paths = await writeArchives(dir, ARCHIVES["pascal-context"][0]);
    const out = join(dir, "out");
    await prepareArchives("pascal-context", paths, out, quiet);
    const masks = join(out, "VOCdevkit", "VOC2010", "SegmentationClassContext");
    const { data } = await decodeLabels(join(masks, "2008_000002.png"));
    assertEquals([...data.subarray(0, 4)], [1, 2, 55, 0]);
    const lists = join(out, "VOCdevkit", "VOC2010", "ImageSets", "SegmentationContext");
    assertEquals(await readFile(join(lists, "train.txt"), "utf8"), "2008_000002\n");
    assertEquals(await readFile(join(lists, "val.txt"), "utf8"), "2008_000003\n"); // 9 has no mask
    assert(!existsSync(join(out, "trainval")));
  }));

Deno.test("prepareArchives() asks for VOC 2010 when Pascal Context's MAT files come alone", () =>
  withFolder(async (dir) => {
    const [path] = await writeArchives(dir, { "trainval.tar.gz": mats });
    await assertRejects(
      () => prepareArchives("pascal-context", [path!], join(dir, "out"), quiet),
      RangeError,
      "give VOCtrainval_03-May-2010.tar as well",
    );
    assertEquals(await readdir(dir), ["trainval.tar.gz"]);
  }));

const detail = JSON.stringify({
  images: ["train", "val"].map((phase, i) => ({
    image_id: 2008000002 + i,
    file_name: `2008_00000${2 + i}.jpg`,
    height: 3,
    width: 4,
    phase,
  })),
  annos_segmentation: [{
    image_id: 2008000002,
    category_id: 458,
    segmentation: { size: [3, 4], counts: runLengths([0, 12]) },
  }],
});

Deno.test("prepareArchives() converts Pascal Context's JSON beside VOC 2010's archive", () =>
  withFolder(async (dir) => {
    const paths = await writeArchives(dir, { "VOCtrainval_03-May-2010.tar": voc(2010) });
    await writeFile(join(dir, "trainval_merged.json"), detail);
    paths.push(join(dir, "trainval_merged.json"));
    const out = join(dir, "out");
    const counts = await prepareArchives("pascal-context", paths, out, quiet);
    assertEquals(counts.map(({ pairs, published }) => [pairs, published]), [[1, 4996], [1, 5104]]);
    const masks = join(out, "VOCdevkit", "VOC2010", "SegmentationClassContext");
    assertEquals(
      [...(await decodeLabels(join(masks, "2008_000002.png"))).data],
      Array(12).fill(59),
    );
    assertEquals([...(await decodeLabels(join(masks, "2008_000003.png"))).data], Array(12).fill(0));
  }));

async function layOut(dir: string, entries: Entries): Promise<void> {
  for (const [name, contents] of Object.entries(entries)) {
    const path = join(dir, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents as string | Uint8Array);
  }
}

for (
  const [what, annotations] of [
    ["MAT files", mats],
    ["JSON", { "VOCdevkit/VOC2010/trainval_merged.json": detail }],
  ] as const
) {
  Deno.test(`prepareFolder() converts Pascal Context's ${what} in place, once`, () =>
    withFolder(async (dir) => {
      await layOut(dir, { ...voc(2010), ...annotations });
      let pieces = 0;
      for (let times = 0; times < 2; times++) {
        const counts = await prepareFolder("pascal-context", dir, () => pieces++);
        assertEquals(counts.map(({ pairs }) => pairs), [1, 1]);
        assertEquals(pieces, what === "JSON" ? 1 : 2);
      }
      const inside = await readdir(join(dir, "VOCdevkit", "VOC2010"));
      assertEquals(inside.filter((name) => name.startsWith("SegmentationClass")).sort(), [
        "SegmentationClass",
        "SegmentationClassContext",
      ]);
    }));
}

Deno.test("prepareFolder() leaves the folder as it was when a MAT file is broken", () =>
  withFolder(async (dir) => {
    await layOut(dir, { ...voc(2010), ...mats, "trainval/2008_000009.mat": "no" });
    await assertRejects(
      () => prepareFolder("pascal-context", dir, quiet),
      SyntaxError,
      `Cannot read ${join(dir, "trainval", "2008_000009.mat")}: it needs a MATLAB 5 MAT file`,
    );
    const inside = await readdir(join(dir, "VOCdevkit", "VOC2010"));
    assertEquals(inside.filter((name) => name.includes("Context")), []);
  }));

Deno.test("prepareFolder() refuses a folder without pairs, half a set and illegal labels", () =>
  withFolder(async (dir) => {
    const folder = async (entries: Entries) => {
      await layOut(dir, entries);
      return await prepareFolder("ade20k", dir, quiet);
    };
    await assertRejects(
      () => folder({}),
      RangeError,
      "Cannot open ADE20K's train split: needs the",
    );
    const images = { "images/training/a.jpg": image };
    await assertRejects(() => folder(images), RangeError, "annotations/training");
    const wrong = { "annotations/training/a.png": mask(151) };
    await assertRejects(() => folder(wrong), RangeError, "got value 151 in 12 pixels");
    const right = await folder({ "annotations/training/a.png": mask(150) });
    assertEquals(right.map(({ pairs, checked }) => [pairs, checked]), [[1, 1], [0, 0]]);
    const alone = folder({ "images/training/b.jpg": image });
    await assertRejects(() => alone, RangeError, "1 without mask (b)");
  }));

const ade = join(import.meta.dirname!, "../../../../shared/data/ADEChallengeData2016");

Deno.test({
  name: "prepareFolder() counts the real ADE20K files that are there",
  ignore: !existsSync(ade),
  async fn() {
    const counts = await prepareFolder("ade20k", ade, quiet);
    assertEquals(counts, [
      { name: "train", pairs: 1, published: 20210, checked: 1 },
      { name: "val", pairs: 3, published: 2000, checked: 3 },
    ]);
  },
});
