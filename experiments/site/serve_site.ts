import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";

/** What files are, by their extensions. */
const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".webp": "image/webp",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".wasm": "application/wasm",
  ".onnx": "application/octet-stream",
};

/**
 * Serves a site to this machine alone. Its pages are isolated from other origins, by which browsers allow
 * the network several threads.
 */
export function serveSite(site: string, port: number): Deno.HttpServer<Deno.NetAddr> {
  const headers = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cache-control": "no-cache",
  };
  return Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, async ({ url }) => {
    const path = fileOf(url);
    const bytes = path === null ? null : await readFile(join(site, path)).catch(() => null);
    if (bytes === null) return new Response("There is no such file.", { status: 404, headers });
    const type = types[extname(path!)] ?? "application/octet-stream";
    return new Response(bytes, { headers: { ...headers, "content-type": type } });
  });
}

/** The file that a URL means, within the site; null where it means none. */
function fileOf(url: string): string | null {
  try {
    const path = decodeURIComponent(new URL(url).pathname);
    return normalize(path.endsWith("/") ? `${path}index.html` : path);
  } catch {
    return null;
  }
}
