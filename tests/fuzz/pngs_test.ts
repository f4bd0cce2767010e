/** The smoke form of fuzzing label PNGs: some hundred damaged files in this process. */
import { assert, assertEquals } from "@std/assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stream } from "../../lib/random.ts";
import { withFolder } from "../data/fixtures.ts";
import { pngTarget } from "./pngs.ts";

const COUNT = 400;
const MOST_SECONDS = 10;

Deno.test(`decodeLabels() reads or refuses with the reason ${COUNT} damaged PNGs`, () =>
  withFolder(async (dir) => {
    const path = join(dir, "x.png");
    const faults: string[] = [];
    let [read, refused] = [0, 0];
    for (let i = 0; i < COUNT; i++) {
      await writeFile(path, pngTarget.make(stream(`smoke/${i}`, 1)).get("x.png")!);
      const start = performance.now();
      const error = await pngTarget.read(path).then(() => null, (error: Error) => error);
      const seconds = (performance.now() - start) / 1000;
      if (seconds > MOST_SECONDS) faults.push(`${i}: ${seconds} s`);
      if (error === null) read++;
      else if (pngTarget.refusal.test(error.message)) refused++;
      else faults.push(`${i}: ${error.stack}`);
    }
    assertEquals(faults, []);
    assert(read > COUNT / 10 && refused > COUNT / 10, `${read} read, ${refused} refused`);
  }));

Deno.test("make() gives the same PNG when the random numbers are the same", () => {
  assertEquals(pngTarget.make(stream("again", 3)), pngTarget.make(stream("again", 3)));
});
