import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { findLayout } from "../../lib/data/disk_dataset.ts";
import { withFolder, writeFiles } from "./fixtures.ts";

const layout = { title: "toy", within: ["in", ""], folders: ["a", "b/c"], advice: "make them" };

Deno.test("findLayout() gives the first place that has all folders", () =>
  withFolder(async (dir) => {
    await writeFiles(dir, { "in/a/x": "", "a/x": "", "b/c/x": "" });
    assertEquals(await findLayout(dir, layout), dir);
    await writeFiles(dir, { "in/b/c/x": "" });
    assertEquals(await findLayout(dir, layout), join(dir, "in"));
  }));

Deno.test("findLayout() names what is missing in the place that has most", () =>
  withFolder(async (dir) => {
    const find = () => findLayout(dir, layout);
    await writeFiles(dir, { "b/c/x": "", "in/a": "a file" });
    await assertRejects(find, RangeError, `got no ${join(dir, "a")}; make them`);
    await assertRejects(
      () => findLayout(join(dir, "gone"), layout),
      RangeError,
      `Cannot open toy: needs the folders a and b/c in ${join(dir, "gone", "in")} or ` +
        `${join(dir, "gone")}, got no ${join(dir, "gone")}; make them`,
    );
  }));
