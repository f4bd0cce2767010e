/** The site in a real browser; left out, with a message, where there is no chromium. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { serveSite } from "../../experiments/site/serve_site.ts";
import type { Image, LabelMap } from "../../lib/images/image.ts";
import { shownImage } from "../../lib/images/shown_bands.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import { openPictureModel } from "../../lib/segment/picture_model.ts";
import { chromiumPath, PATIENCE, withChromium } from "../site/chromium.ts";
import { kept, keptModel, withSite } from "../site/built.ts";

if (chromiumPath === null) {
  console.log("The site is not tested in a browser: chromium needed (apt-get install chromium).");
}

// What runs in the page has the browser's names.
// deno-lint-ignore no-explicit-any
declare const document: any;

const WIDE = { width: 1100, height: 800 };
const NARROW = { width: 360, height: 740 };

/** Opens a page of the site; what it writes to the console as an error is one here. */
type Open = (path: string) => Promise<Page>;

async function withPages(
  browser: Browser,
  base: string,
  work: (open: Open, complaints: string[]) => Promise<void>,
): Promise<void> {
  const complaints: string[] = [];
  const context = await browser.newContext({ viewport: WIDE });
  context.setDefaultTimeout(PATIENCE);
  context.setDefaultNavigationTimeout(PATIENCE);
  try {
    await work(async (path) => {
      const page = await context.newPage();
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(`${path}: ${message.text()}`);
      });
      page.on("pageerror", (error) => complaints.push(`${path}: ${error.message}`));
      page.on("requestfailed", (request) => complaints.push(`${path}: ${request.url()} failed`));
      await page.goto(base + path, { waitUntil: "load" });
      return page;
    }, complaints);
  } finally {
    await context.close();
  }
}

/** The label map that the photo page shows, by its colours. */
async function shownLabels(page: Page, palette: readonly (readonly number[])[]): Promise<LabelMap> {
  const { width, height, text } = await page.evaluate(() => {
    const canvas = document.querySelector("#labels");
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    let text = "";
    for (let i = 0; i < data.length; i++) text += String.fromCharCode(data[i]);
    return { width, height, text: btoa(text) };
  });
  const pixels = Buffer.from(text, "base64");
  const byColour = new Map(palette.map((colour, label) => [colour.join(), label]));
  const data = Uint8Array.from({ length: width * height }, (_, i) => {
    return byColour.get(pixels.subarray(4 * i, 4 * i + 3).join()) ?? 255;
  });
  return { width, height, data };
}

function sameShare(a: LabelMap, b: LabelMap): number {
  assertEquals([a.width, a.height], [b.width, b.height]);
  return a.data.filter((label, i) => label === b.data[i]).length / a.data.length;
}

async function segmented(page: Page): Promise<string> {
  const status = page.locator("#status");
  await page.waitForFunction(() =>
    /Segmented in|Cannot/.test(document.querySelector("#status").textContent)
  );
  return (await status.textContent())!;
}

Deno.test({
  name: "the site in a browser",
  ignore: chromiumPath === null,
  async fn(t) {
    const model = await keptModel();
    await withSite(async (site, built) => {
      const server = serveSite(site, 0);
      const base = `http://127.0.0.1:${server.addr.port}/`;
      const experiment = `experiments/${built.experiments[0]!.name}.html`;
      const pages = ["index.html", experiment, "analyses.html", "photo.html", "train.html"];
      try {
        await withChromium((browser) =>
          withPages(browser, base, async (open, complaints) => {
            await t.step("no page scrolls sideways, wide or narrow", async () => {
              for (const path of pages) {
                const page = await open(path);
                for (const viewport of [WIDE, NARROW]) {
                  await page.setViewportSize(viewport);
                  await page.waitForTimeout(300);
                  const width = await page.evaluate(() => document.documentElement.scrollWidth);
                  assert(
                    width <= viewport.width,
                    `${path} takes ${width} of ${viewport.width} pixels`,
                  );
                }
                await page.close();
              }
            });

            await t.step(
              "plots are drawn, and a mark under the pointer names its run",
              async () => {
                const page = await open(experiment);
                const { groups } = built.experiments[0]!.data;
                for (
                  const id of ["scores", "accuracy_vs_speed", "training_curves", "per_class_iou"]
                ) {
                  const drawn = page.locator(`#${id} svg`);
                  await drawn.waitFor();
                  assert(await drawn.locator("circle, path").count() > groups.length, id);
                }
                const dot = page.locator('#accuracy_vs_speed g[aria-label="dot"] circle').first();
                await dot.scrollIntoViewIfNeeded();
                await dot.hover({ force: true });
                const tip = page.locator('#accuracy_vs_speed g[aria-label="tip"]');
                await page.waitForFunction(() =>
                  document.querySelector('#accuracy_vs_speed g[aria-label="tip"]').textContent !==
                    ""
                );
                const text = (await tip.textContent())!;
                assert(groups.some(({ name }) => text.includes(name)), text);
                await page.close();
              },
            );

            await t.step("keys move the border between truth and prediction", async () => {
              const page = await open(experiment);
              await page.locator("#split").focus();
              await page.keyboard.press("ArrowRight");
              await page.keyboard.press("ArrowRight");
              const split = await page.locator("#compare").evaluate((compare) =>
                (compare as unknown as { style: { getPropertyValue(name: string): string } }).style
                  .getPropertyValue("--split")
              );
              assertEquals(split, "52%");
              await page.locator("#run").focus();
              const before = await page.locator("#prediction").getAttribute("src");
              await page.keyboard.press("ArrowDown");
              assert(await page.locator("#prediction").getAttribute("src") !== before);
              await page.close();
            });

            await t.step("all that keys reach shows that it has the focus", async () => {
              const page = await open("photo.html");
              const reached: string[] = [];
              for (let i = 0; i < 8; i++) {
                await page.keyboard.press("Tab");
                reached.push(
                  await page.evaluate(() => {
                    const { activeElement } = document;
                    const { outlineStyle } = activeElement.ownerDocument.defaultView
                      .getComputedStyle(activeElement);
                    return `${activeElement.id || activeElement.tagName} ${outlineStyle}`;
                  }),
                );
              }
              assert(reached.includes("file solid"), reached.join());
              assert(reached.includes("sample solid"), reached.join());
              await page.close();
            });

            await t.step("a photo has the same classes as by the segment command", async () => {
              const segmenting = await openPictureModel(kept);
              const page = await open("photo.html");
              const sample = join(kept, "sample.jpg");
              await page.locator("#sample").press("Enter");
              const said = await segmented(page);
              assertStringIncludes(said, "Nothing was uploaded");
              const jpeg = sameShare(
                await shownLabels(page, segmenting.palette),
                (await segmenting.segment(sample)).labels,
              );
              assert(jpeg >= 0.999, `the sample: ${jpeg}`);

              const photo = enlarged(shownImage(await segmenting.read(sample)), 1000, 620);
              const png = await encodeImage(photo);
              await page.evaluate(() => (document.querySelector("#status").textContent = ""));
              await dropped(page, png);
              const again = await segmented(page);
              const other = sameShare(
                await shownLabels(page, segmenting.palette),
                (await segmenting.segment(photo)).labels,
              );
              assert(other >= 0.999, `a dropped photo of another size: ${other}`);
              console.log(`    sample ${100 * jpeg} % of pixels: ${said}`);
              console.log(`    1000×620 ${100 * other} % of pixels: ${again}`);
              await page.close();
            });

            await t.step("a file that is no picture is refused in words", async () => {
              const page = await open("photo.html");
              await dropped(page, await readFile(join(kept, "card.json")));
              assertStringIncludes(await segmented(page), "Cannot read");
              await page.close();
            });

            await t.step("no page complains", () => assertEquals(complaints, []));
          })
        );
      } finally {
        await server.shutdown();
      }
    }, model);
  },
});

/** Pixels of an image, repeated to a size that none of the network's is. */
function enlarged({ width, height, data }: Image, w: number, h: number): Image {
  const result = new Uint8Array(3 * w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const at = 3 * (Math.floor(y * height / h) * width + Math.floor(x * width / w));
      result.set(data.subarray(at, at + 3), 3 * (y * w + x));
    }
  }
  return { width: w, height: h, data: result };
}

/** Drops a file anywhere on the page. */
async function dropped(page: Page, bytes: Uint8Array): Promise<void> {
  await page.evaluate((text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    // deno-lint-ignore no-explicit-any
    const { DataTransfer, DragEvent } = globalThis as any;
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], "dropped"));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
  }, Buffer.from(bytes).toString("base64"));
}
