/** web.js of the package in a real browser; left out, with a message, where there is no chromium. */
import { assert, assertEquals } from "@std/assert";
import { cp, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { bundleForBrowsers } from "../../experiments/commands/package.ts";
import { serveSite } from "../../experiments/site/serve_site.ts";
import * as web from "../../lib/mod_web.ts";
import { withFolder } from "../data/fixtures.ts";
import { kept } from "../site/built.ts";
import { chromiumPath, PATIENCE, withChromium } from "../site/chromium.ts";

if (chromiumPath === null) {
  console.log("web.js is not tested: chromium needed (apt-get install chromium).");
}

/** Trains for three steps on a scene and segments another; the same in a page and here. */
async function trained(library: typeof web, bytes: Uint8Array) {
  const from = library.openModel(bytes);
  const data = library.scenes({ seed: 1, split: "train", length: 2, size: 96 });
  const losses: number[] = [];
  const model = await library.trainModel({
    from,
    data,
    steps: 3,
    crop: 64,
    batch: 1,
    freeze: 4,
    threads: 1,
    onStep: ({ loss }) => void losses.push(loss),
  });
  const { image } = await data.example(1);
  const { labels } = await library.segment(model, image, { threads: 1 });
  return { losses, labels: [...labels.data] };
}

Deno.test({
  name: "web.js trains and segments in a browser to the numbers of Deno",
  ignore: chromiumPath === null,
  fn: () =>
    withFolder(async (folder) => {
      await bundleForBrowsers(folder);
      const text = await Deno.readTextFile(join(folder, "web.js"));
      assertEquals(text.match(/["'](node:|onnxruntime-node)/g), null);
      const dist = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/wasm"));
      await mkdir(join(folder, "onnxruntime"));
      for (const file of web.webRuntimeFiles) {
        await cp(join(dist, file), join(folder, "onnxruntime", file));
      }
      await cp(join(kept, "model.safetensors"), join(folder, "model.safetensors"));
      await Deno.writeTextFile(join(folder, "index.html"), "<!DOCTYPE html><title>web.js</title>");
      const server = serveSite(folder, 0);
      try {
        await withChromium(async (browser) => {
          const page = await (await browser.newContext()).newPage();
          page.setDefaultTimeout(PATIENCE);
          await page.goto(`http://127.0.0.1:${server.addr.port}/index.html`);
          const there = await page.evaluate(`(async () => {
            const library = await import("/web.js");
            const bytes = new Uint8Array(await (await fetch("/model.safetensors")).arrayBuffer());
            return await (${trained})(library, bytes);
          })()`) as Awaited<ReturnType<typeof trained>>;
          const here = await trained(web, await Deno.readFile(join(kept, "model.safetensors")));
          assertEquals(there.losses.length, 3);
          for (const [i, loss] of there.losses.entries()) {
            assert(
              Math.abs(loss - here.losses[i]!) < 1e-4 * here.losses[i]!,
              `${loss} at step ${i + 1}`,
            );
          }
          const same = there.labels.filter((label, i) => label === here.labels[i]).length;
          assert(same >= 0.999 * here.labels.length, `${same} of ${here.labels.length} pixels`);
        });
      } finally {
        await server.shutdown();
      }
    }),
});
