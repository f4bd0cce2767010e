import { assertEquals, assertRejects } from "@std/assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { jsonElements } from "../../../lib/prepare/pascal_context/json_elements.ts";
import { withFolder } from "../../data/fixtures.ts";

async function elements(dir: string, text: string): Promise<unknown[]> {
  const path = join(dir, "a.json");
  await writeFile(path, text);
  return await Array.fromAsync(
    jsonElements(path, ["a", "b"], () => {}),
    ({ array, value }) => [array, value],
  );
}

Deno.test("jsonElements() gives the objects of the arrays that were asked for, in order", () =>
  withFolder(async (dir) => {
    const tricky = { text: 'a "quote", \\ ] } [ {', deep: [{ a: [{}] }], é: "ü" };
    const value = { info: { a: [{ no: 1 }] }, a: [tricky, {}], c: [{ no: 2 }], b: [{ x: 1 }] };
    const expected = [["a", tricky], ["a", {}], ["b", { x: 1 }]];
    assertEquals(await elements(dir, JSON.stringify(value)), expected);
    assertEquals(await elements(dir, JSON.stringify(value, null, 2) + "\n"), expected);
    assertEquals(await elements(dir, '{"a": [], "x": "a"}'), []);
  }));

Deno.test("jsonElements() joins objects that lie across two pieces of the file", () =>
  withFolder(async (dir) => {
    const a = Array.from({ length: 1500 }, (_, id) => ({ id, text: "äöü\\".repeat(150) }));
    const found = await elements(dir, JSON.stringify({ a }));
    assertEquals(found.length, 1500); // 1.4 MB in pieces of 1 MiB
    assertEquals(found, a.map((value) => ["a", value]));
  }));

Deno.test("jsonElements() refuses a file that is cut off or no JSON", () =>
  withFolder(async (dir) => {
    const cases = {
      '{"a": [{"x": 1}': "got the end of the file inside of it",
      '{"a": [{"x": 1}, {"y': "got the end of the file inside of it",
      "": "got the end of the file inside of it",
      '{"a": [{"x": oops}]}': "in {",
      '{"a": []} {"a": []}': "got more after its end",
      "]": "got more after its end",
    };
    for (const [text, says] of Object.entries(cases)) {
      await assertRejects(() => elements(dir, text), SyntaxError, says);
    }
  }));

Deno.test("jsonElements() reads a file with a byte order mark", () =>
  withFolder(async (dir) => {
    assertEquals(await elements(dir, '\ufeff{"a": [{"é": 1}]}'), [["a", { é: 1 }]]);
  }));
