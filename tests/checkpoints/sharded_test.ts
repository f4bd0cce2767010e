import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { NDArray } from "../../lib/array.ts";
import { type ReadTensors, readTensors } from "../../lib/checkpoints/read.ts";
import { writeSafetensors } from "../../lib/checkpoints/safetensors.ts";

const a: NDArray = { shape: [2], data: Float32Array.of(1, 2) };
const b: NDArray = { shape: [], data: Float32Array.of(3) };

/** Runs a body with a folder of two shards and the index of this weight map. */
async function inFolder(weights: unknown, body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await writeSafetensors(`${folder}/model-00001-of-00002.safetensors`, new Map([["a", a]]));
    await writeSafetensors(`${folder}/model-00002-of-00002.safetensors`, new Map([["b", b]]));
    await Deno.writeTextFile(`${folder}/config.json`, `{"model_type": "segformer"}`);
    const index = JSON.stringify({ metadata: { total_size: 12 }, weight_map: weights });
    await Deno.writeTextFile(`${folder}/model.safetensors.index.json`, index);
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const both = { b: "model-00002-of-00002.safetensors", a: "model-00001-of-00002.safetensors" };

Deno.test("readTensors() gathers the shards when it is given their index or its folder", () =>
  inFolder(both, async (folder) => {
    const expected: ReadTensors = {
      container: "sharded safetensors",
      tensors: new Map([["b", b], ["a", a]]),
      meta: undefined,
    };
    assertEquals(await readTensors(`${folder}/model.safetensors.index.json`), expected);
    assertEquals(await readTensors(folder), expected);
  }));

const refused = [
  {
    what: "a shard is missing",
    weights: { a: "model-00003.safetensors" },
    message: "model-00003.safetensors beside it, got none",
  },
  {
    what: "a shard is elsewhere",
    weights: { a: "../model.safetensors" },
    message: `in its own folder, got "../model.safetensors"`,
  },
  {
    what: "a tensor is missing",
    weights: { ...both, c: both.a },
    message: `"c" in model-00001-of-00002.safetensors, got none there`,
  },
  {
    what: "a tensor is in another shard",
    weights: { a: both.b },
    message: `"b" of model-00002-of-00002.safetensors in its weight_map, got none`,
  },
];

for (const { what, weights, message } of refused) {
  Deno.test(`readTensors() refuses an index when ${what}`, () =>
    inFolder(weights, async (folder) => {
      const path = `${folder}/model.safetensors.index.json`;
      const error = await assertRejects(() => readTensors(path), RangeError);
      assertStringIncludes(error.message, `Cannot read ${path}`);
      assertStringIncludes(error.message, message);
    }));
}
