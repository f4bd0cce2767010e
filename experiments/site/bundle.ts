import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { forBrowsers } from "./for_browsers.ts";

const scripts = ["experiment", "photo", "photo_worker", "train", "train_worker"];
const browser = fileURLToPath(new URL("./browser/", import.meta.url));

/** Writes the pages' scripts, each with all that it imports, and their style sheet. */
export async function bundleScripts(site: string): Promise<void> {
  try {
    await esbuild.build({
      ...forBrowsers,
      entryPoints: scripts.map((name) => join(browser, `${name}.ts`)),
      outdir: site,
      absWorkingDir: browser,
    });
  } catch (cause) {
    throw new TypeError(
      `Cannot build the site's scripts: code that browsers run needed, got ${
        (cause as Error).message
      }`,
      { cause },
    );
  } finally {
    await esbuild.stop();
  }
  await cp(join(browser, "site.css"), join(site, "site.css"));
}
