import { fileURLToPath } from "node:url";
import type * as esbuild from "esbuild";

/**
 * By what a script of ours runs in browsers: their own platform is in the place of Node's, and zod's messages
 * in languages that nothing chooses, half of its size, stay away.
 */
export const forBrowsers = {
  bundle: true,
  format: "esm",
  platform: "browser",
  target: ["chrome114", "firefox121", "safari17"],
  minify: true,
  legalComments: "none",
  logLevel: "silent",
  plugins: [{
    name: "seglab-for-browsers",
    setup(build) {
      const here = new URL("../../lib/runtime/here_web.ts", import.meta.url);
      build.onResolve({ filter: /\/here\.ts$/ }, () => ({ path: fileURLToPath(here) }));
      build.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({ contents: "export {};" }));
    },
  }],
} as const satisfies esbuild.BuildOptions;
