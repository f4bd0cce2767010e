import { assert, assertRejects, assertStringIncludes } from "@std/assert";
import { copyFile } from "node:fs/promises";
import { readTensors } from "../../lib/checkpoints/read.ts";
import { ownPath } from "../golden.ts";
import { concat, type Files, tensor, torchLegacy, torchZip, type Value } from "./torch_file.ts";

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readTensors() asks for a file when a folder holds two checkpoints or none", () =>
  inFolder(async (folder) => {
    const none = await assertRejects(() => readTensors(folder), RangeError);
    assertStringIncludes(none.message, "exactly one checkpoint in the folder");
    await copyFile(ownPath("bigvision.npz"), `${folder}/b`);
    await copyFile(ownPath("containers/odd_tensors.pth"), `${folder}/a`);
    const two = await assertRejects(() => readTensors(folder), RangeError);
    assertStringIncludes(two.message, "got a, b");
  }));

const bad = [
  {
    file: "evil_os_system_legacy.pth",
    message: `"posix.system": it is refused and nothing of it ran`,
  },
  {
    file: "evil_os_system_zip.pth",
    message: `"posix.system": it is refused and nothing of it ran`,
  },
  { file: "evil_plain_pickle.pth", message: `"os.system": it is refused and nothing of it ran` },
  {
    file: "evil_stack_global.pth",
    message: `"builtins.eval": it is refused and nothing of it ran`,
  },
  {
    file: "short_storage_zip.pth",
    message: "24 bytes in archive/data/0 for 6 elements of F32, got 8",
  },
  { file: "truncated_zip.pth", message: "a whole zip archive" },
  { file: "view_out_of_storage_zip.pth", message: `for "model.weight" a storage of 23 elements` },
  { file: "bad_json.safetensors", message: "a header of JSON" },
  { file: "header_huge.safetensors", message: "a header of at most" },
];

for (const { file, message } of bad) {
  Deno.test(`readTensors() names file and fault when it is ${file}`, async () => {
    const path = ownPath(`containers/bad/${file}`);
    const error = await assertRejects(() => readTensors(path));
    assertStringIncludes(error.message, path);
    assertStringIncludes(error.message, message);
  });
}

const others = [
  { what: "empty", bytes: concat(), got: "an empty file" },
  {
    what: "a pointer of Git LFS",
    bytes: concat("version https://git-lfs.github.com/spec/v1\noid sha256:0"),
    got: `one that begins with "version https://git-lfs.github.com/`,
  },
  { what: "a picture", bytes: concat(0x89, "PNG\r\n"), got: "the bytes 89 50 4e 47 0d 0a" },
  { what: "a file of settings", bytes: concat(`{"a": 1}`), got: "one that begins with " },
];

for (const { what, bytes, got } of others) {
  Deno.test(`readTensors() shows how a file begins when it is ${what}`, () =>
    inFolder(async (folder) => {
      await Deno.writeFile(`${folder}/x.pth`, bytes);
      const error = await assertRejects(() => readTensors(`${folder}/x.pth`), TypeError);
      assertStringIncludes(error.message, "it needs a PyTorch, safetensors or npz file, got ");
      assertStringIncludes(error.message, got);
    }));
}

Deno.test("readTensors() names the path when nothing is there", async () => {
  const error = await assertRejects(() => readTensors("/nowhere/x.pth"), RangeError);
  assertStringIncludes(error.message, "Cannot read /nowhere/x.pth: it needs a file or a folder");
});

/** The most memory that a process holds when it reads this file, in bytes. */
async function peakMemory(path: string): Promise<number> {
  const script = new URL("./peak_memory.ts", import.meta.url).pathname;
  const command = new Deno.Command(Deno.execPath(), { args: ["run", "-A", script, path] });
  const { stdout } = await command.output();
  return Number(new TextDecoder().decode(stdout));
}

const MIB = 1 << 20;
const storages: Files = Object.fromEntries(
  Array.from({ length: 8 }, (_, i) => [`${i}`, new Uint8Array(8 * MIB).fill(i)]),
);
const tensors = new Map<Value, Value>(
  Object.keys(storages).map((key) => {
    return [`layer${key}`, tensor({ key, length: 2 * MIB, shape: [2, MIB], stride: [MIB, 1] })];
  }),
);
const large = {
  "pytorch zip": () => torchZip(tensors, storages),
  "pytorch legacy": () => Promise.resolve(torchLegacy(tensors, storages)),
};

for (const [container, bytesOf] of Object.entries(large)) {
  Deno.test({
    name: `readTensors() holds no more than twice the tensors when it is ${container} of 64 MiB`,
    ignore: Deno.build.os !== "linux",
    fn: () =>
      inFolder(async (folder) => {
        await Deno.writeFile(`${folder}/large.pth`, await bytesOf());
        const small = await peakMemory(ownPath("containers/odd_tensors.pth"));
        const peak = await peakMemory(`${folder}/large.pth`);
        assert(peak - small < 2 * 64 * MIB, `held ${Math.round((peak - small) / MIB)} MiB`);
      }),
  });
}
