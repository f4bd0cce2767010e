import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";

/** Milliseconds for what takes a second on a machine that is not busy. */
export const PATIENCE = 300_000;

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where chromium is on this machine (SEGLAB_CHROMIUM says another place); null where there is none. */
export const chromiumPath: string | null =
  [Deno.env.get("SEGLAB_CHROMIUM") ?? "", ...PLACES].find((path) => path && existsSync(path)) ??
    null;

/**
 * Uses a browser without a window. It is started here and spoken to by a socket: Deno has no pipes
 * beside the usual three, by which playwright starts browsers.
 */
export async function withChromium<T>(
  work: (browser: Browser) => Promise<T>,
  flags: readonly string[] = [],
): Promise<T> {
  const profile = await mkdtemp(join(tmpdir(), "seglab-chromium-"));
  const process = new Deno.Command(chromiumPath!, {
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--disable-extensions",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-gpu",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      ...flags,
      "about:blank",
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const errors = process.stderr.pipeThrough(new TextDecoderStream());
  try {
    const { address, rest } = await addressIn(errors);
    const drained = rest.pipeTo(new WritableStream());
    const browser = await chromium.connectOverCDP(address, { timeout: PATIENCE });
    try {
      return await work(browser);
    } finally {
      await browser.close();
      try {
        process.kill("SIGTERM");
      } catch { /* it has ended */ }
      await process.status;
      await drained.catch(() => {});
    }
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Reads what the browser says until it tells where it listens. */
async function addressIn(errors: ReadableStream<string>) {
  const reader = errors.getReader();
  let said = "";
  while (true) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`Cannot start chromium: its address needed, got ${said}`);
    said += value;
    const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
    if (address === undefined) continue;
    reader.releaseLock();
    return { address, rest: errors };
  }
}
