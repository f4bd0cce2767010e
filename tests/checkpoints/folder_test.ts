import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { checkpointIn } from "../../lib/checkpoints/container.ts";
import { readTensors } from "../../lib/checkpoints/read.ts";
import { ownPath } from "../golden.ts";
import { plainZip } from "../fuzz/plain_zip.ts";
import { concat, floats, pickle, tensor, torchZip } from "./torch_file.ts";

const weights = ownPath("containers/odd_tensors.pth");

/** Runs a body with a folder of these files, by what each is a copy of. */
async function withFolder(
  files: Readonly<Record<string, string | Uint8Array>>,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, contents] of Object.entries(files)) {
      if (typeof contents === "string") await copyFile(contents, `${folder}/${name}`);
      else await writeFile(`${folder}/${name}`, contents);
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What transformers' and accelerate's trainers write beside a model. */
const companions = Object.fromEntries(
  [
    "training_args.bin",
    "optimizer.pt",
    "optimizer.bin",
    "scheduler.pt",
    "scaler.pt",
    "rng_state.pth",
    "rng_state_0.pth",
    "random_states_0.pkl",
    "sampler_1.bin",
  ].map((name) => [name, weights]),
);

Deno.test("checkpointIn() finds the weights when a trainer's states are beside them", () =>
  withFolder({ ...companions, "pytorch_model.bin": weights }, async (folder) => {
    assertEquals(await checkpointIn(folder), `${folder}/pytorch_model.bin`);
    assertEquals((await readTensors(folder)).container, "pytorch zip");
  }));

Deno.test("checkpointIn() finds none when there are a trainer's states alone", () =>
  withFolder(companions, async (folder) => {
    const error = await assertRejects(() => checkpointIn(folder), RangeError);
    assertStringIncludes(error.message, "exactly one checkpoint in the folder");
    assertStringIncludes(error.message, "got none");
  }));

Deno.test("checkpointIn() takes safetensors, as transformers does, when both are there", () => {
  const safetensors = ownPath("containers/expected.safetensors");
  const both = { "model.safetensors": safetensors, "pytorch_model.bin": weights };
  return withFolder(both, async (folder) => {
    assertEquals(await checkpointIn(folder), `${folder}/model.safetensors`);
    // Of others none is the one.
    await copyFile(weights, `${folder}/best.pth`);
    const error = await assertRejects(() => checkpointIn(folder), RangeError);
    assertStringIncludes(error.message, "got best.pth, model.safetensors, pytorch_model.bin");
  });
});

Deno.test("checkpointIn() passes over archives of other things, and not over a damaged checkpoint", () => {
  const entries = Array.from({ length: 17_000 }, (_, i) => ({ name: `${i}`, bytes: floats() }));
  const files = { "photos.zip": plainZip(entries), "notes.zip": concat("PK"), "a.pth": weights };
  return withFolder(files, async (folder) => {
    assertEquals(await checkpointIn(folder), `${folder}/a.pth`);
    await writeFile(
      `${folder}/b.pth`,
      concat("PK\x03\x04, and the rest of the download is missing"),
    );
    const two = await assertRejects(() => checkpointIn(folder), RangeError);
    assertStringIncludes(two.message, "got a.pth, b.pth");
    await Deno.remove(`${folder}/a.pth`);
    const damaged = await assertRejects(() => readTensors(folder), RangeError);
    assertStringIncludes(damaged.message, `Cannot read ${folder}/b.pth: it needs a whole zip`);
  });
});

const a = tensor({ length: 2, shape: [2], stride: [1] });
const shards = {
  "pytorch_model-00001-of-00002.bin": await torchZip(new Map([["a", a]]), { "0": floats(1, 2) }),
  "pytorch_model-00002-of-00002.bin": await torchZip(new Map([["b", a]]), { "0": floats(3, 4) }),
};
const [first, second] = Object.keys(shards) as [string, string];

function index(weightMap: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ metadata: {}, weight_map: weightMap }));
}

for (const mark of ["", "\ufeff"]) {
  Deno.test(`readTensors() gathers PyTorch's shards by their index${mark && " with a byte order mark"}`, () => {
    const text = mark + new TextDecoder().decode(index({ b: second, a: first }));
    const files = {
      ...companions,
      ...shards,
      "pytorch_model.bin.index.json": new TextEncoder().encode(text),
    };
    return withFolder(files, async (folder) => {
      const read = await readTensors(folder);
      assertEquals(read.container, "sharded pytorch");
      assertEquals(
        read.tensors,
        new Map([
          ["b", { shape: [2], data: Float32Array.of(3, 4) }],
          ["a", { shape: [2], data: Float32Array.of(1, 2) }],
        ]),
      );
    });
  });
}

const indices = [
  { what: "the folder", weights: { a: "." }, message: `shards in its own folder, got "." for "a"` },
  { what: "no name", weights: { a: "" }, message: `shards in its own folder, got "" for "a"` },
  { what: "a NUL", weights: { a: "a\0b" }, message: `shards in its own folder, got "a\\u0000b"` },
  { what: "a folder above", weights: { a: "..\\x" }, message: `got "..\\\\x" for "a"` },
  { what: "a number", weights: { a: 3 }, message: `shards in its own folder, got 3 for "a"` },
  { what: "a list of all", weights: ["x"], message: `a weight_map of names to files, got ["x"]` },
  { what: "itself", weights: { a: "x.json" }, message: "x.json: it needs a PyTorch, safetensors" },
  { what: "a long name", weights: { a: "b".repeat(5000) }, message: "in its own folder, got" },
  { what: "text", weights: "x", message: `a weight_map of names to files, got "x"` },
  { what: "too much", weights: { a: first, ["__proto__"]: first }, message: `"__proto__" in pyt` },
];

for (const { what, weights, message } of indices) {
  Deno.test(`readTensors() refuses an index when a shard is ${what}`, () =>
    withFolder({ ...shards, "x.json": index(weights) }, async (folder) => {
      const error = await assertRejects(() => readTensors(`${folder}/x.json`));
      assertStringIncludes(error.message, `Cannot read ${folder}/x.json: it needs `);
      assertStringIncludes(error.message, message);
    }));
}

Deno.test("readTensors() says what an index lacks when its JSON is damaged", () =>
  withFolder({ "x.json": new TextEncoder().encode(`{"weight_map": {`) }, async (folder) => {
    const error = await assertRejects(() => readTensors(`${folder}/x.json`), SyntaxError);
    assertStringIncludes(error.message, "it needs an index of JSON, got ");
  }));

Deno.test("readTensors() says where a link leads when nothing is there", () =>
  withFolder({}, async (folder) => {
    await symlink("../../blobs/0123", `${folder}/pytorch_model.bin`);
    const file = await assertRejects(() => readTensors(`${folder}/pytorch_model.bin`), RangeError);
    assertStringIncludes(file.message, "got a link to ../../blobs/0123, which is not there");
    const whole = await assertRejects(() => readTensors(folder), RangeError);
    assertStringIncludes(
      whole.message,
      "got none, but links to files that are not there: pytorch_model.bin",
    );
    // Such a link beside a checkpoint does not matter.
    await copyFile(weights, `${folder}/epoch_3.pth`);
    assertEquals(await checkpointIn(folder), `${folder}/epoch_3.pth`);
  }));

Deno.test("readTensors() follows a link to a checkpoint, and not one in a circle", () =>
  withFolder({}, async (folder) => {
    await symlink(weights, `${folder}/model.pth`);
    assertEquals(await checkpointIn(folder), `${folder}/model.pth`);
    await symlink("b", `${folder}/a`);
    await symlink("a", `${folder}/b`);
    const error = await assertRejects(() => readTensors(`${folder}/a`), RangeError);
    assertStringIncludes(error.message, "got links that lead in a circle (ELOOP)");
    assertEquals(await checkpointIn(folder), `${folder}/model.pth`);
  }));

Deno.test("readTensors() does not wait when a path is a pipe, and wants no folder in a folder", () =>
  withFolder({}, async (folder) => {
    await new Deno.Command("mkfifo", { args: [`${folder}/x.pth`] }).output();
    const error = await assertRejects(() => readTensors(`${folder}/x.pth`), RangeError);
    assertStringIncludes(error.message, "got neither (a pipe, a socket or a device)");
    await mkdir(`${folder}/runs`);
    await copyFile(weights, `${folder}/runs/x.pth`);
    const none = await assertRejects(() => readTensors(folder), RangeError);
    assertStringIncludes(none.message, "got none");
  }));

Deno.test("readTensors() says what it got when a pickle is no checkpoint of PyTorch's", () =>
  withFolder({ "x.pkl": pickle(new Map([["a", 1]])) }, async (folder) => {
    const error = await assertRejects(() => readTensors(`${folder}/x.pkl`), RangeError);
    assertStringIncludes(error.message, "PyTorch's magic number as the first pickle, got another");
  }));

Deno.test("checkpointIn() takes no hidden file, such as what a killed write left, for a checkpoint", () =>
  withFolder({ "a.pth": weights, "._a.pth": weights, ".0f.partial": weights }, async (folder) => {
    assertEquals(await checkpointIn(folder), `${folder}/a.pth`);
  }));
