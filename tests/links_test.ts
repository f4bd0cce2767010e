import { assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { repository } from "../experiments/commands/paths.ts";

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "data/README.md",
  "lib/README.md",
  "notebooks/README.md",
  "results/README.md",
  "tests/golden/README.md",
];

for (const page of pages) {
  Deno.test(`every link of ${page} to a file leads to one`, async () => {
    const text = await Deno.readTextFile(join(repository, page));
    const code = text.replaceAll(/^```[\s\S]*?^```/gm, "");
    const links = [...code.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link]) => link!)
      .filter((link) => !/^\w+:/.test(link));
    const dead = links.filter((link) => !existsSync(join(repository, dirname(page), link)));
    assertEquals(dead, []);
  });
}
