import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { assertEquals } from "@std/assert";
import { withFolder } from "../data/fixtures.ts";

const code = `import { rasterise } from ${
  JSON.stringify(import.meta.resolve("../../lib/report/picture.ts"))
};
  import { readdirSync } from "node:fs";
  import { tmpdir } from "node:os";
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">' +
    '<text x="0" y="15">abc</text></svg>';
  const png = await rasterise(svg, 1);
  let there = [];
  try {
    there = readdirSync(tmpdir());
  } catch {}
  console.log(png.length > 100, there.length);`;

async function drawnIn(temporary: string): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", code],
    env: { TMPDIR: temporary, FONTCONFIG_FILE: "" }, // other tests' pictures have set it here
    stderr: "null", // what fontconfig says of a machine's settings
  }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test({
  name: "rasterise() keeps its font settings where nobody else can put a link, while it runs",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (dir) => {
      const [temporary, mine] = [join(dir, "temporary"), join(dir, "mine")];
      await mkdir(temporary);
      await mkdir(mine);
      await writeFile(join(mine, "fonts.conf"), "mine");
      await symlink(mine, join(temporary, `seglab-fonts-${Deno.uid()}`));
      assertEquals(await drawnIn(temporary), "true 2\n");
      assertEquals(await readdir(temporary), [`seglab-fonts-${Deno.uid()}`]);
      assertEquals(await readdir(mine), ["fonts.conf"]);
      assertEquals(await Deno.readTextFile(join(mine, "fonts.conf")), "mine");
    }),
});

Deno.test({
  name: "rasterise() draws where there is no room for font settings",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (dir) => {
      assertEquals(await drawnIn(join(dir, "missing")), "true 0\n");
    }),
});
