/** What of the browser's platform needs no browser; tests/whole has it in one. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { input, scalar } from "../../lib/graph/tensor.ts";
import { add } from "../../lib/graph/ops/math.ts";
import type { Provider } from "../../lib/runtime/platform.ts";
import { Program } from "../../lib/runtime/program.ts";
import { WebPlatform, webRuntimeFiles } from "../../lib/runtime/web.ts";

const nowhere = new URL("./no_onnxruntime/", import.meta.url);

function compile(provider: Provider) {
  const sum = add(input("x", [1]), scalar(1));
  return Program.compile({ sum }, { provider, threads: 1 }, new WebPlatform(nowhere));
}

Deno.test("webRuntimeFiles are files that onnxruntime-web brings", () => {
  const dist = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/wasm"));
  assertEquals(webRuntimeFiles.length, 4);
  assert(webRuntimeFiles.every((file) => existsSync(join(dist, file))), webRuntimeFiles.join());
});

Deno.test("WebPlatform names the file when ONNX Runtime is not there, each time", async () => {
  for (let attempt = 0; attempt < 2; attempt++) {
    const error = await assertRejects(() => compile("cpu"), Error, "Cannot load ONNX Runtime: ");
    assert(error.message.includes("no_onnxruntime/ort.wasm.bundle.min.mjs needed, got "));
  }
});

Deno.test("WebPlatform refuses what browsers do not have", async () => {
  await assertRejects(
    () => compile("cuda"),
    RangeError,
    'one of the providers cpu, webgpu, which browsers have, needed, got "cuda"',
  );
});
