/** The README's lines that run an exported network, as they stand there. */
import { assert, assertEquals } from "@std/assert";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Protocol } from "../../lib/families/protocol.ts";
import { encodeImage } from "../../lib/images/encode.ts";
import { describedOnnx, fixedSight } from "../../lib/models/onnx_description.ts";
import { exportModel } from "../../lib/models/onnx_file.ts";
import { type OpenedModel, openModel } from "../../lib/models/open.ts";
import { segment } from "../../lib/segment/segment.ts";
import { pattern, withFolder } from "../data/fixtures.ts";
import { ownPath } from "../golden.ts";
import { chromiumPath, PATIENCE, withChromium } from "../site/chromium.ts";

const repository = new URL("../../", import.meta.url);
const [lines, inNode, inPage] = await blocks();

/** The code of the README's section on exported networks. */
async function blocks(): Promise<[string, string, string]> {
  const text = await readFile(new URL("README.md", repository), "utf8");
  const section = text.split("\n## ").find((part) => part.startsWith("An exported network"))!;
  const found = [...section.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code!);
  assertEquals(found.length, 3);
  return found as [string, string, string];
}

const published = await openModel(ownPath("containers/segmenter_small"));
const windows = { window: 48, stride: 32, enlarge: true };
const model: OpenedModel = {
  ...published,
  window: 48,
  stride: 32,
  protocol: { resize: { to: "own size" }, multiple: 1, windows, ratios: [1], flip: false },
};
const photo = pattern(111, 70);

/** Writes the network, a photo and the README's lines, and gives the classes that `segment` finds. */
async function prepare(dir: string): Promise<Uint8Array> {
  await exportModel(model, join(dir, "mine.onnx"));
  await writeFile(join(dir, "photo.png"), await encodeImage(photo));
  await writeFile(join(dir, "segment.js"), lines);
  return (await segment(model, photo, { threads: 1 })).labels.data;
}

/** The README's program, which gives its labels as JSON at the end. */
const telling = (code: string, tell: string) => `${code}\n${tell}`;

function assertAlike(found: readonly number[], expected: Uint8Array): void {
  const same = found.reduce((sum, label, i) => sum + Number(label === expected[i]), 0);
  assertEquals(found.length, expected.length);
  assert(new Set(expected).size > 1, "the photo has several classes");
  // Means of scores that are equal to 7 digits may fall either way.
  assert(same >= 0.999 * found.length, `${same} of ${found.length} pixels are segment's`);
}

Deno.test("the README's lines give segment's classes with onnxruntime-node", () =>
  withFolder(async (dir) => {
    const expected = await prepare(dir);
    await writeFile(
      join(dir, "main.js"),
      telling(inNode, "console.log(JSON.stringify([...labels]));"),
    );
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        "--config",
        new URL("deno.json", repository).pathname,
        "main.js",
      ],
      cwd: dir,
    }).output();
    const text = new TextDecoder().decode(stdout);
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    assertAlike(JSON.parse(text.trim().split("\n").at(-1)!), expected);
  }));

Deno.test("the README's function gives segment's classes with onnxruntime-web", () =>
  withFolder(async (dir) => {
    const expected = await prepare(dir);
    const ort = await import("onnxruntime-web");
    const { segment: own } = await import(pathToFileURL(join(dir, "segment.js")).href);
    ort.env.wasm.numThreads = 1;
    const session = await ort.InferenceSession.create(await readFile(join(dir, "mine.onnx")));
    const json = JSON.parse(await readFile(join(dir, "mine.onnx.json"), "utf8"));
    assertAlike([...await own(ort, session, json, photo)], expected);
  }));

Deno.test({
  name: "the README's page gives segment's classes in a browser",
  ignore: chromiumPath === null,
  fn: () =>
    withFolder(async (dir) => {
      const expected = await prepare(dir);
      await mkdir(join(dir, "onnxruntime-web"));
      const dist = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/wasm"));
      await symlink(dist, join(dir, "onnxruntime-web", "dist"));
      await writeFile(join(dir, "main.js"), telling(inPage, "globalThis.found = [...labels];"));
      await writeFile(join(dir, "index.html"), '<script type="module" src="main.js"></script>');
      const types: Record<string, string> = { js: "text/javascript", mjs: "text/javascript" };
      types["html"] = "text/html";
      types["wasm"] = "application/wasm";
      await using server = Deno.serve(
        { port: 0, hostname: "127.0.0.1", onListen: () => {} },
        async (request) => {
          const { pathname } = new URL(request.url);
          const bytes = await readFile(join(dir, pathname === "/" ? "index.html" : pathname)).catch(
            () => null,
          );
          const type = types[pathname.split(".").at(-1)!] ?? (pathname === "/" ? "text/html" : "");
          return bytes === null
            ? new Response(null, { status: 404 })
            : new Response(bytes, { headers: { "content-type": type } });
        },
      );
      await withChromium(async (browser) => {
        const page = await browser.newPage();
        await page.goto(`http://127.0.0.1:${server.addr.port}/`);
        await page.waitForFunction("globalThis.found !== undefined", undefined, {
          timeout: PATIENCE,
        });
        assertAlike(await page.evaluate("globalThis.found") as number[], expected);
      });
    }),
});

Deno.test("describedOnnx() says what a program has to know of a file", () => {
  const value = (shape: readonly (number | string)[]) =>
    [{ name: "x", dtype: "float32", shape }] as const;
  const file = { inputs: value(["batch", 3, 48, 48]), outputs: value(["batch", 7, 48, 48]) };
  const described = describedOnnx(model, file);
  assertEquals(Object.keys(described), [
    ...["classes", "palette", "normalization", "protocol", "window", "input", "output"],
  ]);
  assertEquals([described.window, described.protocol], [[48, 48], model.protocol]);
  const other = { ...file, inputs: value([1, 3, 96, 120]) };
  const { window, protocol } = describedOnnx(model, other);
  assertEquals([window, protocol.windows], [[96, 120], { window: 96, stride: 64, enlarge: true }]);
});

Deno.test("fixedSight() keeps a protocol of one size, and windows of any other", () => {
  const whole: Protocol = { ...model.protocol, windows: null, multiple: 32 };
  const resize = { to: "size", size: [500, 600], resampling: "bilinear" } as const;
  assertEquals(fixedSight({ ...model, protocol: { ...whole, resize } }).window, [512, 608]);
  const sight = fixedSight({ ...model, protocol: whole });
  assertEquals([sight.window, sight.protocol.windows], [[48, 48], { ...windows }]);
});
