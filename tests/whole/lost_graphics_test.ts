/** A graphics processor, which Chromium's software stands in for, that a browser takes away in the middle of a step. */
import { assertStringIncludes } from "@std/assert";
import { serveSite } from "../../experiments/site/serve_site.ts";
import { keptModel, withSite } from "../site/built.ts";
import { chromiumPath, withChromium } from "../site/chromium.ts";
import { changed, draw, said, withPage } from "./train_page.ts";

/** From when the page asks the worker to train, its devices are lost a second after they are there. */
const LOSING = `{
  const devices = [];
  let isTraining = false;
  const lose = (device) => setTimeout(() => device.destroy(), 1000);
  const ask = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...args) {
    const device = await ask.apply(this, args);
    devices.push(device);
    if (isTraining) lose(device);
    return device;
  };
  addEventListener("message", ({ data }) => {
    if (data.kind !== "train") return;
    isTraining = true;
    devices.forEach(lose);
  });
}`;

Deno.test({
  name: "a browser that loses its graphics processor goes on training on the processor",
  ignore: chromiumPath === null,
  fn: async () =>
    await withSite(async (site) => {
      const server = serveSite(site, 0);
      const losing = changed(`http://127.0.0.1:${server.addr.port}/`, { first: LOSING });
      const address = `http://127.0.0.1:${losing.addr.port}/train.html?webgpu`;
      const flags = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
      try {
        await withChromium((browser) =>
          withPage(browser, address, async (page) => {
            const device = page.locator("#device");
            await page.locator("#sample").click();
            await said(page, /Ready to learn/);
            assertStringIncludes((await device.textContent())!, "WebGPU");
            await draw(page, [
              [0, [0.05, 0.1], [0.95, 0.12]],
              [1, [0.05, 0.8], [0.3, 0.85]],
              [2, [0.92, 0.4], [0.9, 0.6]],
              [3, [0.4, 0.45], [0.6, 0.45]],
            ]);
            await page.locator("#steps").fill("10");
            await page.locator("#train").click();
            assertStringIncludes(await said(page, /^Learned|Cannot/), "Learned in 10 steps");
            assertStringIncludes(
              (await device.textContent())!,
              "). The graphics processor failed, so training began again.",
            );
          }), flags);
      } finally {
        await losing.shutdown();
        await server.shutdown();
      }
    }, await keptModel()),
});
