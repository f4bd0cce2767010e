/** What a visitor does on the training page. */
import type { Browser, Page } from "playwright-core";
import { PATIENCE } from "../site/chromium.ts";

// What runs in the page has the browser's names.
// deno-lint-ignore no-explicit-any
declare const document: any;

/** A stroke: a class, and points in shares of the photo's sides. */
export type Stroke = readonly [label: number, ...points: (readonly [x: number, y: number])[]];

export async function draw(page: Page, strokes: readonly Stroke[]): Promise<void> {
  for (const [label, first, ...others] of strokes) {
    await page.locator("#classes input[type=radio]").nth(label).check();
    await page.locator("#strokes").scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await page.locator("#strokes").boundingBox())!;
    await page.mouse.move(x + first![0] * width, y + first![1] * height);
    await page.mouse.down();
    for (const [across, down] of others) {
      await page.mouse.move(x + across * width, y + down * height, { steps: 8 });
    }
    await page.mouse.up();
  }
}

export async function nameClasses(page: Page, names: readonly string[]): Promise<void> {
  const inputs = page.locator("#classes input[type=text]");
  while (await inputs.count() < names.length) await page.locator("#add").click();
  for (const [i, name] of names.entries()) await inputs.nth(i).fill(name);
}

/** Waits until the page's status fits. */
export async function said(page: Page, what: RegExp): Promise<string> {
  await page.waitForFunction(
    (source) => new RegExp(source as string).test(document.querySelector("#status").textContent),
    what.source,
  );
  return (await page.locator("#status").textContent())!;
}

interface Change {
  readonly without?: RegExp;
  readonly open?: boolean;
  readonly first?: string;
}

/** A site without some of its files, without the headers that isolate its pages, or with a script before the worker's. */
export function changed(base: string, change: Change) {
  const { without = /^$/, open = false, first = "" } = change;
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async ({ url }) => {
    const { pathname } = new URL(url);
    if (without.test(pathname)) return new Response("blocked", { status: 403 });
    const { status, headers, body } = await fetch(base + pathname.slice(1));
    const kept = new Headers(headers);
    if (open) kept.delete("cross-origin-embedder-policy");
    if (pathname === "/train_worker.js") {
      kept.delete("content-length");
      return new Response(`${first}\n${await new Response(body).text()}`, {
        status,
        headers: kept,
      });
    }
    return new Response(body, { status, headers: kept });
  });
}

export async function withPage(
  browser: Browser,
  address: string,
  work: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 1000 } });
  context.setDefaultTimeout(2 * PATIENCE); // a training of 100 steps is among what is waited for
  try {
    const page = await context.newPage();
    await page.goto(address, { waitUntil: "load" });
    await work(page);
  } finally {
    await context.close();
  }
}
