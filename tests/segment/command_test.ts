import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { segmentCommand } from "../../experiments/commands/segment.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import { pattern, withFolder } from "../data/fixtures.ts";
import { ownPath } from "../golden.ts";

const checkpoint = ownPath("containers/segmenter_small/checkpoint.pth");
const segment = (...args: string[]) => segmentCommand().parseAsync(args, { from: "user" });

Deno.test("segment skips and reports what is no picture, does the others and exits with 1", () =>
  withFolder(async (dir) => {
    for (const name of ["a.png", "c.png"]) {
      await writeFile(join(dir, name), await encodeImage(pattern(80, 70)));
    }
    await writeFile(join(dir, "b.jpg"), "no picture");
    const script = new URL("../../experiments/commands/segment.ts", import.meta.url).pathname;
    const out = join(dir, "out");
    const args = [dir, "--model", checkpoint, "--out", out, "--threads", "1"];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", script, ...args],
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(stderr);
    assertEquals(code, 1, text);
    assertStringIncludes(text, `Skipped: Cannot decode ${join(dir, "b.jpg")}`);
    assertStringIncludes(text, "images/s");
    assertStringIncludes(text, "Error: Cannot segment 1 of 3 pictures");
    const files = ["", "_labels", "_overlay"].flatMap((part) =>
      ["a", "c"].map((name) => `${name}${part}.${part ? "png" : "json"}`)
    );
    assertEquals((await readdir(out)).sort(), files.sort());
    assertStringIncludes(new TextDecoder().decode(stdout), "2 pictures together:\nclass");
  }));

Deno.test("segment refuses what cannot go well before it begins", () =>
  withFolder(async (dir) => {
    const photo = join(dir, "photo.png");
    await writeFile(photo, await encodeImage(pattern(20, 20)));
    const out = join(dir, "out");
    const model = ["--model", checkpoint, "--out", out];
    const nothing = segment(join(dir, "*.jpg"), ...model);
    await assertRejects(() => nothing, RangeError, "a pattern that matches some needed, got none");
    assert(!existsSync(out));
    const file = segment(photo, "--model", checkpoint, "--out", photo);
    await assertRejects(() => file, RangeError, "choose another --out");
    const classes = join(dir, "classes.txt");
    await writeFile(classes, "one\ntwo\n");
    const few = segment(photo, ...model, "--classes", classes);
    await assertRejects(() => few, RangeError, "as many as the model scores, needed, got 2");
    const unknown = segment(photo, "--model", "org/unknown", "--out", out);
    await assertRejects(() => unknown, RangeError, "get it by `deno task download org/unknown`");
    assert(!existsSync(out), "a folder is left for nothing");
    const wide = segment(photo, ...model, "--window", "16", "--stride", "32");
    await assertRejects(() => wide, RangeError, "a stride of at most the window's 16 pixels");
  }));
