/** The training page in a real browser; left out, with a message, where there is no chromium. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { serveSite } from "../../experiments/site/serve_site.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import { IGNORE, type Image, type LabelMap } from "../../lib/images/image.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { openPictureModel } from "../../lib/segment/picture_model.ts";
import { withFolder } from "../data/fixtures.ts";
import { kept, keptModel, withSite } from "../site/built.ts";
import { chromiumPath, withChromium } from "../site/chromium.ts";
import { changed, draw, nameClasses, said, type Stroke, withPage } from "./train_page.ts";

if (chromiumPath === null) {
  console.log("The training page is not tested: chromium needed (apt-get install chromium).");
}

// What runs in the page has the browser's names.
// deno-lint-ignore no-explicit-any
declare const document: any;

const SIZE = 384;
const data = scenes({ seed: 7, split: "train", length: 12, size: SIZE });
/** A scene with sky, meadow, trees and a house; what nobody names is not counted. */
const scene = await data.example(11);
const CLASSES = ["sky", "ground", "tree", "house"] as const;
const MEANT: Readonly<Record<string, (typeof CLASSES)[number]>> = {
  sky: "sky",
  grass: "ground",
  road: "ground",
  tree: "tree",
  roof: "house",
  wall: "house",
};
const truth = scene.labels.data.map((label) => {
  const meant = MEANT[data.classes[label]!];
  return meant === undefined ? IGNORE : CLASSES.indexOf(meant);
});

const TEN: readonly Stroke[] = [
  [0, [0.05, 0.1], [0.5, 0.05], [0.95, 0.12]],
  [0, [0.03, 0.28], [0.35, 0.25], [0.6, 0.3]],
  [1, [0.05, 0.45], [0.3, 0.42]],
  [1, [0.05, 0.8], [0.3, 0.85], [0.25, 0.95]],
  [1, [0.05, 0.62], [0.05, 0.72], [0.25, 0.72]],
  [1, [0.45, 0.97], [0.82, 0.97]],
  [2, [0.07, 0.55], [0.1, 0.6]],
  [2, [0.92, 0.4], [0.9, 0.6], [0.92, 0.8]],
  [3, [0.4, 0.45], [0.6, 0.45]],
  [3, [0.38, 0.62], [0.6, 0.64], [0.6, 0.82], [0.38, 0.82]],
];

/** The label map that the page shows over its photo, by its classes' colours. */
async function shownLabels(page: Page): Promise<LabelMap> {
  const { width, height, text, colours } = await page.evaluate(() => {
    const canvas = document.querySelector("#labels");
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    let text = "";
    for (let i = 0; i < data.length; i++) text += String.fromCharCode(data[i]);
    const swatches = [...document.querySelectorAll("#classes .swatch")];
    const colours = swatches.map(({ style }) => style.background as string);
    return { width, height, text: btoa(text), colours };
  });
  const pixels = Buffer.from(text, "base64");
  const byColour = new Map(
    colours.map((colour, label) => [colour.replaceAll(/[^\d,]/g, ""), label]),
  );
  const data = Uint8Array.from({ length: width * height }, (_, i) => {
    return byColour.get(pixels.subarray(4 * i, 4 * i + 3).join()) ?? IGNORE;
  });
  return { width, height, data };
}

/** The mean over the classes of intersection over union, over the pixels that count. */
function meanIou(found: Uint8Array): number {
  const scores = CLASSES.map((_, label) => {
    let [both, either] = [0, 0];
    truth.forEach((wanted, i) => {
      if (wanted === IGNORE) return;
      if (wanted === label && found[i] === label) both++;
      if (wanted === label || found[i] === label) either++;
    });
    return both / either;
  });
  return scores.reduce((sum, score) => sum + score) / scores.length;
}

const picture = async (image: Image, name = "scene.png") => ({
  name,
  mimeType: "image/png",
  buffer: Buffer.from(await encodeImage(image)),
});

Deno.test({
  name: "a visitor trains in a browser",
  ignore: chromiumPath === null,
  async fn(t) {
    await withSite(async (site) => {
      const server = serveSite(site, 0);
      const base = `http://127.0.0.1:${server.addr.port}/`;
      try {
        await withChromium(async (browser) => {
          const at = (work: (page: Page) => Promise<void>) =>
            withPage(browser, `${base}train.html`, work);

          await t.step(
            "ten strokes and 100 steps give a network that Deno opens",
            () =>
              at(async (page) => {
                const complaints: string[] = [];
                page.on("pageerror", ({ message }) => complaints.push(message));
                page.on("console", (message) => {
                  if (message.type() === "error") complaints.push(message.text());
                });
                await page.locator("#files").setInputFiles(await picture(scene.image as Image));
                await nameClasses(page, CLASSES);
                await draw(page, TEN);
                await page.locator("#train").click();
                const first = await said(page, /^Step \d|Cannot/);
                const end = await said(page, /^Learned|Cannot/);
                assertStringIncludes(end, "Learned in 100 steps");
                assertStringIncludes(end, "Nothing was uploaded");
                const found = await shownLabels(page);
                const score = meanIou(found.data);
                assert(score >= 0.8, `mIoU ${score}`);
                assert(await page.locator("#curve svg path").count() >= 2, "no curve");
                assert(Number(/loss ([\d.]+)/.exec(first)![1]) > 0.5, first);
                const agreement = (await page.locator("#agreement").textContent())!;
                assert(Number(/(\d+)/.exec(agreement)![1]) >= 95, agreement);

                await withFolder(async (dir) => {
                  const file = join(dir, "model.safetensors");
                  const download = page.waitForEvent("download");
                  await page.locator("#download").click();
                  await (await download).saveAs(file);
                  const here = await openPictureModel(file);
                  assertEquals(here.classes, CLASSES);
                  const { labels } = await here.segment(scene.image);
                  const same = labels.data.filter((label, i) => label === found.data[i]).length;
                  assert(
                    same >= 0.999 * labels.data.length,
                    `${same} of ${labels.data.length} pixels`,
                  );
                  console.log(
                    `    mIoU ${score.toFixed(3)}; ${labels.data.length - same} pixels differ`,
                  );
                  console.log(`    ${end}`);
                });
                assertEquals(complaints, []);
              }),
          );

          await t.step("what is missing is said in words", () =>
            at(async (page) => {
              await page.locator("#files").setInputFiles(join(kept, "card.json"));
              await said(page, /Cannot read card.json: a picture that this browser shows/);
              const dot = { width: 8, height: 8, data: new Uint8Array(3 * 64) };
              await page.locator("#files").setInputFiles(await picture(dot, "dot.png"));
              await said(page, /Cannot read dot.png: at least 16×16 pixels needed, got 8×8/);
              await page.locator("#files").setInputFiles(await picture(scene.image as Image));
              await said(page, /Ready to learn/);
              const train = page.locator("#train");
              await train.click();
              await said(page, /a name for each class needed, got none for class 1/);
              await nameClasses(page, ["sky", "sky"]);
              await train.click();
              await said(page, /different names needed, got two classes called sky/);
              await nameClasses(page, ["sky", "ground", "tree"]);
              await train.click();
              await said(page, /strokes of at least two classes needed, got none/);
              await draw(page, TEN.slice(0, 1));
              await train.click();
              await said(page, /strokes of at least two classes needed, got those of sky alone/);
              await draw(page, TEN.slice(2, 3));
              await train.click();
              await said(page, /strokes of each class needed, got none of tree/);
              await page.locator("#steps").fill("5");
              await page.locator("#classes button").last().click();
              await train.click();
              await said(page, /10 to 2000 steps needed, got 5/);
              for (let strokes = 0; strokes < 2; strokes++) await page.locator("#undo").click();
              await page.locator("#clear").click();
              await train.click();
              await said(page, /strokes of at least two classes needed, got none/);
            }));

          await t.step("without isolation one thread computes, and why is said", async () => {
            const open = changed(base, { open: true });
            await withPage(
              browser,
              `http://127.0.0.1:${open.addr.port}/train.html`,
              async (page) => {
                await page.locator("#sample").click();
                await said(page, /Ready to learn/);
                const device = (await page.locator("#device").textContent())!;
                assertStringIncludes(device, "WebAssembly, 1 thread)");
                assertStringIncludes(device, "no graphics processor (WebGPU)");
                assertStringIncludes(
                  (await page.locator("#threads:visible").textContent())!,
                  "Cross-Origin-Embedder-Policy: require-corp",
                );
              },
            );
            await open.shutdown();
          });

          await t.step("a blocked download is named", async () => {
            const files: readonly (readonly [RegExp, RegExp])[] = [
              [
                /model\.safetensors/,
                /Cannot load the network: .*safetensors needed, got status 403/,
              ],
              [/\.wasm$/, /Cannot load ONNX Runtime: .*\.wasm needed, got status 403; look at/],
              [/\.mjs$/, /Cannot load ONNX Runtime: .*\.mjs needed, got/],
              [/train_worker/, /Cannot train here: .*load the page again/],
            ];
            for (const [without, message] of files) {
              const blocked = changed(base, { without });
              const address = `http://127.0.0.1:${blocked.addr.port}/train.html`;
              await withPage(browser, address, async (page) => {
                await page.locator("#sample").click();
                await said(page, message);
              });
              await blocked.shutdown();
            }
          });

          await t.step("the page fits a phone", () =>
            at(async (page) => {
              await page.locator("#sample").click();
              await page.setViewportSize({ width: 360, height: 740 });
              await page.locator("#strokes").waitFor();
              const width = await page.evaluate(() => document.documentElement.scrollWidth);
              assert(width <= 360, `${width} of 360 pixels`);
            }));
        });
      } finally {
        await server.shutdown();
      }
    }, await keptModel());
  },
});

Deno.test("a site without a network that goes on learning says so", () =>
  withSite(async (site) => {
    assertStringIncludes(
      await readFile(join(site, "train.html"), "utf8"),
      "published without a network that can go on",
    );
  }, null));
