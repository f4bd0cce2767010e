/** What a program has to know of an exported network, and the README's lines that run one. */
import { assertEquals } from "@std/assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Protocol } from "../../lib/families/protocol.ts";
import { describedOnnx, fixedSight } from "../../lib/models/onnx_description.ts";
import { withFolder } from "../data/fixtures.ts";
import {
  assertAlike,
  inNode,
  model,
  photo,
  prepare,
  repository,
  telling,
  windows,
} from "./readme_onnx.ts";

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
