import { assertEquals, assertRejects } from "@std/assert";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { unpack, type UnpackOptions } from "../../lib/prepare/unpack.ts";
import { withFolder } from "../data/fixtures.ts";
import { type Entries, writeTar, writeZip } from "./archives.ts";

const noise = (length: number) =>
  crypto.getRandomValues(new Uint8Array(Math.min(length, 65536))).slice(0, length);

const KINDS = ["zip", "tar", "tar.gz"] as const;

async function refusal(
  dir: string,
  kind: typeof KINDS[number],
  entries: Entries,
  change: Partial<UnpackOptions> = {},
): Promise<string> {
  const path = join(dir, `set.${kind}`);
  await (kind === "zip" ? writeZip(path, entries, 6) : writeTar(path, entries));
  const error = await assertRejects(() =>
    unpack({
      path,
      kind,
      rules: [{ from: /^set\/(.+)$/, to: "$1" }],
      expected: "files in set/",
      limits: { file: 60_000, total: 150_000, entries: 5 },
      folder: join(dir, "out"),
      onBytes: () => {},
      ...change,
    }), RangeError);
  return error.message.replace(`Cannot unpack ${path}: it needs `, "");
}

for (const kind of KINDS) {
  Deno.test(`unpack() refuses more than the data set has, in a ${kind}`, () =>
    withFolder(async (dir) => {
      const large = await refusal(dir, kind, { "set/a": noise(60_001) });
      assertEquals(large, "files of 60 kB at most, as the data set has, got 60 kB in set/a");
      const files = [1, 2, 3].map((i) => [`set/t${i}`, noise(50_001)]);
      const total = await refusal(dir, kind, Object.fromEntries(files));
      assertEquals(total, "150 kB at most, as the data set has, got more");
      const many = ["a", "b", "c", "d", "e", "f"].map((name) => [name, name]);
      const entries = await refusal(dir, kind, Object.fromEntries(many));
      assertEquals(entries, "5 entries at most, as the data set has, got more");
    }));
}

Deno.test("unpack() stops a file of a zip where it is much larger than its bytes or its size say", () =>
  withFolder(async (dir) => {
    const limits = { file: 1e9, total: 1e9, entries: 5 };
    const bomb = { "set/a": new Uint8Array(30e6) };
    assertEquals(
      await refusal(dir, "zip", bomb, { limits }),
      "files of at most 200 times what they take in the archive, as the data set has, got more in set/a",
    );
    const { size } = await stat(join(dir, "out", "a"));
    assertEquals(size < 8e6, true, `${size} bytes were written`);

    // The size in the list of files, and in front of the file, is that of another.
    const path = join(dir, "lies.zip");
    await writeZip(path, { "set/b": new Uint8Array(500_000) }, 6);
    const bytes = await readFile(path);
    for (let at = 0; at < bytes.length - 4; at++) {
      if (bytes.readUInt32LE(at) === 500_000) bytes.writeUInt32LE(10, at);
    }
    await writeFile(path, bytes);
    await assertRejects(
      () => refusalOf(path, dir),
      RangeError,
    );
  }));

function refusalOf(path: string, dir: string): Promise<void> {
  return unpack({
    path,
    kind: "zip",
    rules: [{ from: /^set\/(.+)$/, to: "$1" }],
    expected: "files in set/",
    limits: { file: 60_000, total: 150_000, entries: 5 },
    folder: join(dir, "out"),
    onBytes: () => {},
  });
}

Deno.test("unpack() converts no file above the limit", () =>
  withFolder(async (dir) => {
    const convert = () => Promise.reject(new Error("it came to converting"));
    const rules = [{ from: /^set\/(.+)$/, to: "$1", convert }];
    const refused = await refusal(dir, "zip", { "set/a": noise(60_500) }, { rules });
    assertEquals(refused, "files of 60 kB at most, as the data set has, got 60.5 kB in set/a");
  }));

Deno.test("unpack() escapes what a terminal would obey in names", () =>
  withFolder(async (dir) => {
    const name = "\u001b[2Jwiped\u0007\u202e";
    const escaped = "\\x1b[2Jwiped\\x07\\u202e";
    assertEquals(
      await refusal(dir, "tar", { [`${name}/a`]: "a" }),
      `files in set/, got an archive with ${escaped}/ at its top`,
    );
    assertEquals(
      await refusal(dir, "tar", { [`set/${name}`]: { link: "/" } }),
      `files and folders only, got set/${escaped}, a symbolic link`,
    );
    assertEquals(
      await refusal(dir, "tar", { [`../${name}`]: "a" }),
      `entries that stay in the folder they are unpacked to, got "../\\u001b[2Jwiped\\u0007\\u202e"`,
    );
    assertEquals(await readdir(dir), ["set.tar"]);
  }));
