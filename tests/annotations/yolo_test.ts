/** YOLO segmentation as Ultralytics 8.3 documents it, and the data.yaml of Roboflow and CVAT 2.24. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { FaultyError } from "../../lib/data/sound.ts";
import { namedFiles } from "../../lib/sets/named.ts";
import { withFolder } from "../data/fixtures.ts";
import { drawing, writeSet } from "./written_sets.ts";

const ultralytics = `# Ultralytics
path: ../datasets/mine # dataset root dir
train: images/train
val: images/val
test: # optional

# Classes
names:
  0: roof
  1: tree
`;

Deno.test("YOLO: polygons are parts of the image, an image without a text is background", () =>
  withFolder(async (dir) => {
    await writeSet(dir, ["images/train/a.png", "images/train/b.png", "images/val/c.png"], {
      "data.yaml": ultralytics,
      "labels/train/a.txt": "0 0 0 0.5 0 0.5 0.5 0 0.5\n1 0.75 0.5 1 0.5 1 1 0.75 1\n\n",
      "labels/val/c.txt": "",
    });
    const data = await namedFiles(dir, "train");
    assertEquals([data.classes, data.length], [["background", "roof", "tree"], 2]);
    assertEquals(await drawing(data), [
      ...Array(3).fill("11110000"),
      ...Array(3).fill("00000022"),
    ]);
    assertEquals(await drawing(data, 1), Array(6).fill("00000000"));
    assertEquals((await namedFiles(join(dir, "data.yaml"), "val")).length, 1);
  }));

Deno.test("YOLO: Roboflow's paths, and CVAT's lists of images", () =>
  withFolder(async (dir) => {
    await writeSet(dir, ["train/images/a.png", "valid/images/b.png"], {
      "data.yaml": "train: ../train/images\nval: ../valid/images\n\nnc: 1\nnames: ['roof']\n",
      "train/labels/a.txt": "0 0 0 1 0 1 1 0 1",
      "cvat/data.yaml": "names:\n  0: roof\npath: .\ntrain: train.txt\nval: val.txt\n",
      "cvat/train.txt": "data/images/train/c.png\n",
      "cvat/val.txt": "data/images/val/d.png\n",
      "cvat/labels/train/c.txt": "0 0 0 1 0 1 1 0 1",
    });
    await writeSet(dir, ["cvat/images/train/c.png", "cvat/images/val/d.png"], {});
    assertEquals(await drawing(await namedFiles(dir, "train")), Array(6).fill("11111111"));
    assertEquals(
      await drawing(await namedFiles(join(dir, "cvat"), "train")),
      Array(6).fill("11111111"),
    );
  }));

Deno.test("YOLO: wrong lines are named", () =>
  withFolder(async (dir) => {
    await writeSet(dir, ["images/train/a.png", "images/val/c.png"], {
      "data.yaml": ultralytics,
      "labels/train/a.txt":
        "0 0.5 0.5 0.1 0.1\n2 0 0 1 0 1 1\n0 0 0 1 1\n0 0 x 1 0 1 1\n0 2 2 3 2 3 3",
    });
    const { source } = await assertRejects(
      () => namedFiles(dir, "train"),
      FaultyError,
    ) as FaultyError;
    assertEquals(source.faults!.map(({ entry, text }) => `${entry}: ${text}`), [
      "line 1: a box, and no outline",
      "line 2: class 2, where data.yaml names 0 to 1",
      "line 3: a box, and no outline",
      "line 4: something else than numbers",
      "line 5: a polygon beside the image (x 2 to 3, y 2 to 3)",
    ]);
  }));
