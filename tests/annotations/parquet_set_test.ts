import { copyFile, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { openParquet } from "../../lib/annotations/parquet/parquet_file.ts";
import type { Dataset } from "../../lib/data/dataset.ts";
import { namedFiles } from "../../lib/sets/named.ts";
import { withFolder } from "../data/fixtures.ts";

/** Written by tests/reference/hub_parquet.py. */
const fixtures = new URL("./parquet/", import.meta.url).pathname;

/** Copies fixtures to paths below a folder. */
async function put(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, fixture] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await copyFile(join(fixtures, `${fixture}.parquet`), join(dir, path));
  }
}

/** The first colour of each example's image and the labels of its first row. */
async function drawn(data: Dataset): Promise<(readonly [number[], string])[]> {
  const examples = await Promise.all(
    Array.from({ length: data.length }, (_, i) => data.example(i)),
  );
  return examples.map(({ image, labels }) =>
    [
      [...image.data.subarray(0, 3)],
      [...labels.data.subarray(0, 12)].join(""),
    ] as const
  );
}

/** The first three rows of indexed.parquet and snappy.parquet, 255 being ignored. */
const ROWS: (readonly [number[], string])[] = [
  [[0, 255, 7], "000111222255255255"],
  [[6, 249, 7], "001112222552552550"],
  [[12, 243, 7], "011122225525525500"],
];

Deno.test("Parquet files of the hub: rows by an index of pages, and rows that snappy compressed", () =>
  withFolder(async (dir) => {
    const at = { published: dir, base: "." };
    await put(join(dir, "hub", "a", "streets"), {
      "data/train-00000-of-00002.parquet": "indexed",
      "data/train-00001-of-00002.parquet": "indexed",
      "data/validation-00000-of-00001.parquet": "indexed",
      "data/test-00000-of-00001.parquet": "unlabelled", // is of neither split
    });
    const train = await namedFiles("hub:a/streets", "train", at);
    assertEquals([train.name, train.length], ["streets/train", 80]);
    assertEquals(train.classes, ["class 0", "class 1", "class 3"]);
    const rows = await drawn(train);
    assertEquals([rows.slice(0, 3), rows.slice(40, 43)], [ROWS, ROWS]);
    assertEquals(rows[39], [[234, 21, 7], "111222255255255000"]);
    assertEquals((await namedFiles("hub:a/streets", "val", at)).length, 40);
    assertStringIncludes(train.source.format!, "columns image and label; classes counted in 120");

    await put(join(dir, "old"), { "train.parquet": "snappy", "test.parquet": "snappy" });
    const val = await namedFiles(join(dir, "old"), "val");
    assertEquals(await drawn(val), ROWS);
    assertStringIncludes(val.source.format!, "its test part as val");
  }));

Deno.test("openParquet() reads the same rows in steps of any size", async () => {
  for (const fixture of ["indexed", "snappy"]) {
    const file = await openParquet(join(fixtures, `${fixture}.parquet`));
    const columns = file.columns.map(({ name }) => name).filter((name) => name !== "id");
    const [whole, ...others] = await Promise.all(
      [undefined, 1, 500, 3000].map((most) => Array.fromAsync(file.read(columns, most))),
    );
    assertEquals(whole!.length, file.rows);
    for (const rows of others) assertEquals(rows, whole);
  }
});

Deno.test("Parquet files of the hub are unpacked once, and anew when they are others", () =>
  withFolder(async (dir) => {
    await put(dir, { "data/train.parquet": "snappy", "data/val.parquet": "snappy" });
    const data = await namedFiles(dir, "train");
    const { image, labels } = data.source.pairs[1]!;
    const unpacked = join(dir, "unpacked", "pixel_values-label");
    assertEquals(image, join(unpacked, "train", "images", "000001.png"));
    assertEquals(labels, join(unpacked, "train", "labels", "000001.png"));
    const written = (await stat(image)).mtimeMs;
    await namedFiles(dir, "val");
    assertEquals((await stat(image)).mtimeMs, written);
    const names = ["train", "unpacked.json", "val", "values.json"];
    assertEquals((await readdir(unpacked)).sort(), names);
    assertEquals(await readdir(join(dir, "unpacked")), ["pixel_values-label"]);

    await put(dir, { "data/train-2.parquet": "snappy" });
    assertEquals((await namedFiles(dir, "train")).length, 6);
  }));

Deno.test("Parquet files: classes by id2label.json, by the features' lists, or by a description", () =>
  withFolder(async (dir) => {
    const whole = join(dir, "whole");
    await put(whole, {
      "small/train/0000.parquet": "indexed",
      "small/val/0000.parquet": "indexed",
    });
    const small = join(whole, "small");
    const names = { "0": "road", "1": "sky", "3": "void" };
    await writeFile(join(whole, "id2label.json"), JSON.stringify(names));
    assertEquals((await namedFiles(small, "train")).classes[0], "class 0");
    await writeFile(join(whole, "README.md"), "# Streets"); // the folder is one of a data set
    const data = await namedFiles(small, "train");
    assertEquals([data.classes, (await drawn(data))[0]![1]], [
      ["road", "sky"],
      "000111255255255255255255",
    ]);

    await put(join(dir, "listed"), { "train.parquet": "listed", "validation.parquet": "listed" });
    const listed = await namedFiles(join(dir, "listed"), "train");
    assertEquals([listed.classes, listed.length], [["ground", "tree", "sky"], 2]);
    assertStringIncludes(
      listed.source.format!,
      "columns image and annotation; classes of the column classes_on_image; 2 rows without a mask",
    );

    const described = async (description: Record<string, unknown>) => {
      const file = join(dir, "mine.json");
      await writeFile(file, JSON.stringify({ name: "mine", ...description }));
      return await namedFiles(file, "train");
    };
    const valued = [{ name: "a", value: 3 }, { name: "b", value: 1 }, { name: "c", value: 0 }];
    const own = await described({ annotations: "whole/small", classes: valued });
    assertEquals([own.classes, (await drawn(own))[0]![1]], [["a", "b", "c"], "222111000255255255"]);
    await put(join(dir, "plain"), { "train.parquet": "indexed", "val.parquet": "indexed" });
    const counted = await described({
      annotations: "plain",
      classes: ["class 3", "class 1", "class 0"],
    });
    assertEquals(await drawn(counted), await drawn(own));
    const byName = await described({ annotations: "listed", classes: ["sky", "tree", "ground"] });
    assertEquals((await drawn(byName))[0]![1], "222111000222");
    await put(join(dir, "rgb"), { "train.parquet": "coloured", "val.parquet": "coloured" });
    await assertRejects(
      () => namedFiles(join(dir, "rgb"), "train"),
      RangeError,
      "a grey or palette PNG needed, got an RGB image; describe the classes with their colours",
    );
    const classes = [{ name: "ground", colour: [0, 0, 0] }, { name: "roof", colour: [255, 0, 0] }];
    const rgb = await described({ annotations: "rgb", classes });
    assertEquals((await drawn(rgb))[0]![1], "000111000111");
  }));

Deno.test("Parquet files of train alone: a fifth is held out, or as a description says", () =>
  withFolder(async (dir) => {
    await put(dir, { "0000.parquet": "indexed" });
    const [train, val] = [await namedFiles(dir, "train"), await namedFiles(dir, "val")];
    assertEquals([train.length, val.length], [32, 8]);
    assertStringIncludes(val.source.format!, "val is 8, 20 % held out by seed 0");
    await writeFile(
      join(dir, "mine.json"),
      '{ "name": "mine", "annotations": ".", "val": ["train/000003"] }',
    );
    const [only] = (await namedFiles(join(dir, "mine.json"), "val")).source.pairs;
    assertEquals(only!.name, "train/000003");
  }));

Deno.test("Parquet files that cannot be used: the error names the file, its columns and the way out", () =>
  withFolder(async (dir) => {
    const says = async (
      name: string,
      files: Readonly<Record<string, string>>,
      Kind: typeof RangeError | typeof SyntaxError,
      ...texts: readonly string[]
    ) => {
      await put(join(dir, name), files);
      const { message } = await assertRejects(() => namedFiles(join(dir, name), "train"), Kind);
      for (const text of texts) assertStringIncludes(message, text);
    };
    await says(
      "none",
      { "train.parquet": "unlabelled" },
      RangeError,
      `Cannot use ${join(dir, "none", "train.parquet")}: a column of masks`,
      "got the columns image (image), label (int64); without masks",
    );
    await says(
      "stereo",
      { "train.parquet": "stereo" },
      RangeError,
      "one column of images needed, got the columns left (image), right (image), semantic (image)",
      '"columns": { "image": …, "mask": … }',
    );
    const columns = { image: "right", mask: "semantic" };
    const description = { name: "right", annotations: "stereo", val: ["train/000000"], columns };
    await writeFile(join(dir, "right.json"), JSON.stringify(description));
    assertEquals((await namedFiles(join(dir, "right.json"), "train")).length, 1);
    await says(
      "val",
      { "validation.parquet": "indexed" },
      RangeError,
      "Parquet files of a training part (train-*.parquet) needed, got validation.parquet",
    );
    await says(
      "two",
      { "a/train.parquet": "indexed", "b/train.parquet": "indexed" },
      RangeError,
      `got 2 in folders of their own; give one of them (${join(dir, "two", "a")}, `,
    );
    await says(
      "mixed",
      { "train.parquet": "indexed", "val.parquet": "snappy" },
      RangeError,
      'two columns of pictures named "image" and "label" needed, got the columns pixel_values',
    );
    await mkdir(join(dir, "damaged"));
    for (const bytes of ["PAR1", "no Parquet at all PAR1"]) {
      await writeFile(join(dir, "damaged", "train.parquet"), bytes);
      await says("damaged", {}, SyntaxError, "an undamaged Parquet file, snappy-compressed or not");
    }
    const at = { published: dir, base: "." };
    for (const name of ["hub:a", "hub:../a", "hub:a/.."]) {
      await assertRejects(() => namedFiles(name, "train", at), RangeError, "hub:USER/NAME needed");
    }
    const absent = `Cannot open hub:a/b: its files in ${join(dir, "hub", "a", "b")} needed`;
    await assertRejects(() => namedFiles("hub:a/b", "train", at), RangeError, absent);
  }));
