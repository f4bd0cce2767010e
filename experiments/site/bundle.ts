import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const browser = fileURLToPath(new URL("./browser/", import.meta.url));

/** Writes the pages' scripts, each with all that it imports, and their style sheet. */
export async function bundleScripts(site: string): Promise<void> {
  try {
    await esbuild.build({
      entryPoints: ["experiment", "photo", "photo_worker"].map((name) =>
        join(browser, `${name}.ts`)
      ),
      outdir: site,
      bundle: true,
      format: "esm",
      platform: "browser",
      target: ["chrome114", "firefox121", "safari17"],
      minify: true,
      legalComments: "none",
      external: ["./onnxruntime/*"],
      logLevel: "silent",
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
