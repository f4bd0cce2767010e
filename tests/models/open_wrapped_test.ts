/** Networks in checkpoints as training scripts leave them: behind prefixes, beside Python objects. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import type { NDArray } from "../../lib/array.ts";
import { readTensors } from "../../lib/checkpoints/read.ts";
import { writeSafetensors } from "../../lib/checkpoints/safetensors.ts";
import { type OpenedModel, openModel } from "../../lib/models/open.ts";
import { pretrainedFor } from "../../lib/models/pretrained.ts";
import { call, concat, global, opcodes, tensor, torchZip } from "../checkpoints/torch_file.ts";
import { ownGolden } from "../golden.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const weights = (await ownGolden("segmenter_mask_small")).weights();

async function openBehind(prefixes: readonly string[]): Promise<OpenedModel> {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "model.safetensors");
  const tensors = prefixes.flatMap((prefix) =>
    [...weights].map(([name, weight]) => [prefix + name, weight] as const)
  );
  await writeSafetensors(path, new Map(tensors));
  return await openModel(path);
}

const plain = await openBehind([""]);

for (const prefix of ["_orig_mod.", "module._orig_mod.", "net.", "network.module.", "a.b."]) {
  Deno.test(`openModel() gives the same network when its names begin with ${prefix}`, async () => {
    const opened = await openBehind([prefix]);
    assertEquals(opened.kind, "official Segmenter");
    assertEquals([...opened.weights.keys()], [...plain.weights.keys()]);
    assertEquals(opened.report, plain.report);
  });
}

Deno.test("openModel() names both when a checkpoint holds two networks of one kind", async () => {
  const error = await assertRejects(() => openBehind(["student.", "teacher."]), TypeError);
  assertStringIncludes(error.message, `the same names behind "student." and "teacher."`);
});

const NEEDED = "encoder.patch_embed.proj.weight";

/** What `torch.save` writes of a training, with Python objects in place of some of the weights. */
async function trainingCheckpoint(path: string, inPlace: readonly string[]): Promise<void> {
  const object = call(global("torch._utils", "_rebuild_qtensor"), 1);
  const storages: Record<string, Uint8Array> = {};
  const state = [...weights].map(([name, { shape, data }], i) => {
    if (inPlace.includes(name)) return [name, object] as const;
    storages[i] = new Uint8Array(data.slice().buffer);
    const stride = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    return [name, tensor({ key: `${i}`, length: data.length, shape, stride })] as const;
  });
  const args = concat(global("argparse", "Namespace"), ")", 0x81, "}", opcodes("lr"), "K", 1, "sb");
  const model = new Map([...state, ["note", call(global("train", "Note"))]]);
  const contents = new Map([["args", args], ["model", opcodes(model)]]);
  await Deno.writeFile(path, await torchZip(contents, storages));
}

Deno.test("openModel() gives the network when Python objects are beside its weights", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "checkpoint.pth");
  await trainingCheckpoint(path, []);
  const opened = await openModel(path);
  const expected: ReadonlyMap<string, NDArray> = plain.weights;
  assertEquals([...opened.weights.keys()], [...expected.keys()]);
  for (const [name, { data }] of opened.weights) {
    assertEquals(
      Array.from(data.subarray(0, 3)),
      Array.from(expected.get(name)!.data.subarray(0, 3)),
    );
  }
});

Deno.test("openModel() names the Python object when one is in place of a weight", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "checkpoint.pth");
  for (const name of [NEEDED, "decoder.mask_norm.bias"]) {
    await trainingCheckpoint(path, [name]);
    const error = await assertRejects(() => openModel(path), TypeError);
    assertStringIncludes(error.message, `Cannot open ${path}: `);
    assertStringIncludes(
      error.message,
      `a tensor "model.${name}" needed, got the Python object "torch._utils._rebuild_qtensor"`,
    );
  }
});

Deno.test("pretrainedFor() names the Python object when one is in place of a weight", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "checkpoint.pth");
  await trainingCheckpoint(path, [NEEDED]);
  const { tensors, objects } = await readTensors(path);
  const error = await assertRejects(
    // deno-lint-ignore require-await
    async () => pretrainedFor(plain.architecture, tensors, objects),
    TypeError,
  );
  assertStringIncludes(error.message, `a tensor "model.${NEEDED}" needed`);
});
