import { assertEquals, assertRejects } from "@std/assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readClassFile } from "../../lib/segment/class_file.ts";
import { withFolder } from "../data/fixtures.ts";

const model = { classes: ["class 0", "class 1"], palette: [[1, 2, 3], [4, 5, 6]] as const };

/** Reads a text as the class file of a model of two classes. */
async function read(text: string) {
  let key;
  await withFolder(async (dir) => {
    const path = join(dir, "classes");
    await writeFile(path, text);
    key = await readClassFile(path, model);
  });
  return key;
}

Deno.test("readClassFile() takes names from lines and from JSON, and the model's colours", async () => {
  const expected = { classes: ["road", "tall tree"], palette: model.palette };
  for (const text of ["road\r\n tall tree \n\n", '["road", "tall tree"]']) {
    assertEquals(await read(text), expected);
  }
});

Deno.test("readClassFile() takes colours from a description that has them", async () => {
  const classes = [{ name: "road", colour: [9, 9, 9] }, { name: "tree" }];
  const description = { name: "data", classes, train: {}, val: {} };
  assertEquals(await read(JSON.stringify(description)), {
    classes: ["road", "tree"],
    palette: [[9, 9, 9], [4, 5, 6]],
  });
});

Deno.test("readClassFile() takes what things are from a description that says it of all classes", async () => {
  const road = { name: "road", thing: false };
  const classes = [road, { name: "tree", thing: true }];
  assertEquals(await read(JSON.stringify({ classes })), {
    classes: ["road", "tree"],
    palette: model.palette,
    things: [false, true],
  });
  await assertRejects(
    () => read(JSON.stringify({ classes: [road, { name: "tree" }] })),
    RangeError,
    '"thing" of each class needed where it is said of one, got none of tree',
  );
});

Deno.test("readClassFile() says what is wrong when a file does not fit the model", async () => {
  await assertRejects(
    () => read("a\nb\nc"),
    RangeError,
    "2 names, as many as the model scores, needed, got 3",
  );
  await assertRejects(() => read("road\nroad"), RangeError, 'got "road" as names 1 and 2');
  await assertRejects(() => read('["a",'), SyntaxError, "Cannot read the class file");
  await assertRejects(() => read('{"names": []}'), SyntaxError, "Cannot read the class file");
  await assertRejects(() => readClassFile("/nowhere", model), RangeError, "got ENOENT");
});

Deno.test("readClassFile() takes names behind a byte order mark, and none with control characters", async () => {
  for (const text of ['\ufeff["road", "tree"]', "\ufeffroad\ntree"]) {
    assertEquals((await read(text))!["classes"], ["road", "tree"]);
  }
  for (const text of ['["road", "a\\u0000b"]', "road\na\u001bb"]) {
    await assertRejects(() => read(text), SyntaxError, "control characters, ");
  }
});
