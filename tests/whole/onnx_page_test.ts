/** The README's page with an exported network in a real browser; left out where there is no chromium. */
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { withFolder } from "../data/fixtures.ts";
import { assertAlike, inPage, prepare, telling } from "../models/readme_onnx.ts";
import { chromiumPath, PATIENCE, withChromium } from "../site/chromium.ts";

Deno.test({
  name: "the README's page gives segment's classes in a browser",
  ignore: chromiumPath === null,
  fn: () =>
    withFolder(async (dir) => {
      const expected = await prepare(dir);
      await mkdir(join(dir, "onnxruntime-web"));
      const dist = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/wasm"));
      await symlink(dist, join(dir, "onnxruntime-web", "dist"));
      await writeFile(join(dir, "main.js"), telling(inPage, "globalThis.found = [...labels];"));
      await writeFile(join(dir, "index.html"), '<script type="module" src="main.js"></script>');
      const types: Record<string, string> = { js: "text/javascript", mjs: "text/javascript" };
      types["html"] = "text/html";
      types["wasm"] = "application/wasm";
      await using server = Deno.serve(
        { port: 0, hostname: "127.0.0.1", onListen: () => {} },
        async (request) => {
          const { pathname } = new URL(request.url);
          const bytes = await readFile(join(dir, pathname === "/" ? "index.html" : pathname)).catch(
            () => null,
          );
          const type = types[pathname.split(".").at(-1)!] ?? (pathname === "/" ? "text/html" : "");
          return bytes === null
            ? new Response(null, { status: 404 })
            : new Response(bytes, { headers: { "content-type": type } });
        },
      );
      await withChromium(async (browser) => {
        const page = await browser.newPage();
        await page.goto(`http://127.0.0.1:${server.addr.port}/`);
        await page.waitForFunction("globalThis.found !== undefined", undefined, {
          timeout: PATIENCE,
        });
        assertAlike(await page.evaluate("globalThis.found") as number[], expected);
      });
    }),
});
