/**
 * Roboflow's semantic segmentation masks (2026), CamVid's folders with class_dict.csv as on Kaggle, and
 * CVAT 2.24's segmentation mask 1.1, whose PNGs are RGB or have a palette.
 */
import { assertEquals, assertRejects } from "@std/assert";
import { encode } from "fast-png";
import { encodeLabels } from "../../lib/images/encode.ts";
import { namedFiles } from "../../lib/sets/named.ts";
import { greyPng, labelMap, withFolder } from "../data/fixtures.ts";
import { drawing, writeSet } from "./written_sets.ts";

const colours = (rows: readonly (readonly number[])[]) =>
  encode({ width: rows.length, height: 1, channels: 3, data: Uint8Array.from(rows.flat()) });
const [sky, roof, none] = [[128, 128, 128], [128, 0, 0], [0, 0, 0]];

Deno.test("masks with _classes.csv: Roboflow's values, in the folders of the parts", () =>
  withFolder(async (dir) => {
    const files = (part: string, name: string) => ({
      [`${part}/${name}_mask.png`]: greyPng(labelMap(3, 1, (x) => x)),
      [`${part}/_classes.csv`]: "Pixel Value, Class\n0, background\n1, roof\n2, tree\n",
    });
    await writeSet(dir, [
      "train/a_jpg.rf.0a1b.png",
      "train/d_jpg.rf.9d.png",
      "valid/b_jpg.rf.7c.png",
    ], {
      ...files("train", "a_jpg.rf.0a1b"),
      ...files("train", "d_jpg.rf.9d"),
      ...files("valid", "b_jpg.rf.7c"),
    }, [3, 1]);
    const data = await namedFiles(dir, "train");
    assertEquals([data.classes, data.length], [["background", "roof", "tree"], 2]);
    assertEquals(await drawing(data), ["012"]);
    assertEquals((await namedFiles(dir, "val")).length, 1);
  }));

Deno.test("masks with class_dict.csv: colours are read, Void is ignored, endings are taken off", () =>
  withFolder(async (dir) => {
    const mask = colours([roof, none, sky]);
    await writeSet(dir, ["train/a.png", "val/b.png"], {
      "class_dict.csv": "name,r,g,b\nSky,128,128,128\nRoof,128,0,0\nVoid,0,0,0\n",
      "train_labels/a_L.png": mask,
      "val_labels/b_L.png": mask,
    }, [3, 1]);
    const data = await namedFiles(dir, "train");
    assertEquals([data.classes, data.palette], [["Sky", "Roof"], [[128, 128, 128], [128, 0, 0]]]);
    assertEquals(await drawing(data), ["1.0"]);
    await writeSet(dir, [], { "class_dict.csv": "name,r,g,b\nSky,128,128,128\nRoof,128,0\n" });
    await assertRejects(() => namedFiles(dir, "train"), SyntaxError, "entry 3");
  }));

Deno.test("masks with labelmap.txt: CVAT's RGB, palette and grey masks, by the list of its task", () =>
  withFolder(async (dir) => {
    const palette = [[0, 0, 0], [9, 9, 9], [128, 0, 0], [128, 128, 128]] as [
      number,
      number,
      number,
    ][];
    const lists = {
      "labelmap.txt":
        "# label:color_rgb:parts:actions\nbackground:0,0,0::\nroof:128,0,0::\nsky:128,128,128::\n",
      "ImageSets/Segmentation/default.txt": "a\nsub/b\nc\n",
      "mine.json": { name: "mine", annotations: ".", val: ["c"] },
    };
    await writeSet(dir, ["JPEGImages/a.png", "JPEGImages/sub/b.png", "JPEGImages/c.png"], {
      ...lists,
      "SegmentationClass/a.png": colours([roof, none, sky]),
      "SegmentationClass/sub/b.png": await encodeLabels(
        labelMap(3, 1, (x) => x + 1 - Number(x === 0)),
        palette,
      ),
      "SegmentationClass/c.png": greyPng(labelMap(3, 1, (x) => x)),
    }, [3, 1]);
    const train = await namedFiles(`${dir}/mine.json`, "train");
    assertEquals(train.classes, ["background", "roof", "sky"]);
    assertEquals([await drawing(train), await drawing(train, 1)], [["102"], ["012"]]);
    assertEquals(await drawing(await namedFiles(`${dir}/mine.json`, "val")), ["012"]);
  }));
