import { assert, assertEquals, assertRejects } from "@std/assert";
import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { UnpackOptions } from "../../lib/prepare/unpack.ts";
import { unpack } from "../../lib/prepare/unpack.ts";
import { withFolder } from "../data/fixtures.ts";
import { type Entries, writeTar, writeZip } from "./archives.ts";

const KINDS = ["zip", "tar", "tar.gz"] as const;
type Kind = typeof KINDS[number];

async function write(dir: string, kind: Kind, entries: Entries): Promise<string> {
  const path = join(dir, `set.${kind}`);
  await (kind === "zip" ? writeZip(path, entries, 6) : writeTar(path, entries));
  return path;
}

function optionsFor(path: string, kind: Kind, dir: string): UnpackOptions {
  return {
    path,
    kind,
    rules: [{ from: /^set\/(.+)$/, to: "$1" }],
    expected: "files in set/",
    limits: { file: 4e6, total: 6e6, entries: 12 },
    folder: join(dir, "out"),
    onBytes: () => {},
  };
}

const long = new Uint8Array(300_000).map((_, i) => (i * i) >> 7);

for (const kind of KINDS) {
  Deno.test(`unpack() writes the files that the rules name when it reads a ${kind}`, () =>
    withFolder(async (dir) => {
      const entries = { "README": "no", "./set/a/long.bin": long, "set/b.txt": "b", "set/c": "" };
      const path = await write(dir, kind, entries);
      const seen: number[] = [];
      await unpack({ ...optionsFor(path, kind, dir), onBytes: (done) => seen.push(done) });
      const out = join(dir, "out");
      assertEquals((await readdir(out)).sort(), ["a", "b.txt", "c"]);
      assert(
        new Uint8Array(await readFile(join(out, "a", "long.bin"))).every((b, i) => b === long[i]),
      );
      assertEquals(await readFile(join(out, "b.txt"), "utf8"), "b");
      assertEquals((await readFile(join(out, "c"))).length, 0);
      assertEquals(seen.at(-1), (await readFile(path)).length);
      assertEquals(seen, seen.toSorted((a, b) => a - b));
    }));

  Deno.test(`unpack() converts a file when its rule says so, in a ${kind}`, () =>
    withFolder(async (dir) => {
      const path = await write(dir, kind, { "set/a.txt": "abc", "set/b.txt": "d" });
      const names: string[] = [];
      const convert = (bytes: Uint8Array, name: string) => {
        names.push(name);
        return Promise.resolve(bytes.toReversed());
      };
      const rules = [{ from: /^set\/(.)\.txt$/, to: "$1.out", convert }];
      await unpack({ ...optionsFor(path, kind, dir), rules });
      assertEquals(await readFile(join(dir, "out", "a.out"), "utf8"), "cba");
      assertEquals(names, [`set/a.txt in ${path}`, `set/b.txt in ${path}`]);
    }));

  Deno.test(`unpack() refuses paths that leave the folder and links, in a ${kind}`, () =>
    withFolder(async (dir) => {
      const bad = ["../evil", "set/../../evil", "/tmp/seglab-evil", "C:/evil", "set\\..\\..\\evil"];
      for (const name of bad) {
        const path = await write(dir, kind, { [name]: "evil" });
        await assertRejects(
          () => unpack(optionsFor(path, kind, dir)),
          RangeError,
          `needs entries that stay in the folder they are unpacked to, got ${JSON.stringify(name)}`,
        );
      }
      const path = await write(dir, kind, { "set/link": { link: "/etc/passwd" }, "set/a": "a" });
      await assertRejects(
        () => unpack(optionsFor(path, kind, dir)),
        RangeError,
        "it needs files and folders only, got set/link, a ",
      );
      assert(!existsSync(join(dir, "evil")) && !existsSync("/tmp/seglab-evil"));
      assert(!existsSync(join(dir, "out")));
    }));

  Deno.test(`unpack() says what is at the top when nothing expected is in a ${kind}`, () =>
    withFolder(async (dir) => {
      const path = await write(dir, kind, {
        "ADE20K/a/b": "x",
        "ADE20K/a/c": "x",
        "notes.txt": "",
      });
      await assertRejects(
        () => unpack(optionsFor(path, kind, dir)),
        RangeError,
        `Cannot unpack ${path}: it needs files in set/, got an archive with ADE20K/, notes.txt at`,
      );
    }));

  Deno.test(`unpack() asks for another download when a ${kind} is cut off or damaged`, () =>
    withFolder(async (dir) => {
      const path = await write(dir, kind, { "set/a": "a", "set/long": long, "set/z": "z" });
      const whole = await readFile(path);
      for (const part of [0.02, 0.2, 0.4, 0.6, 0.8, 0.99]) {
        await writeFile(path, whole.subarray(0, Math.floor(part * whole.length)));
        await assertRejects(
          () => unpack(optionsFor(path, kind, dir)),
          RangeError,
          "download it again",
        );
        await Deno.remove(join(dir, "out"), { recursive: true }).catch(() => {});
      }
    }));
}

Deno.test("unpack() misses the end of a tar archive that was cut between two files", () =>
  withFolder(async (dir) => {
    const path = await write(dir, "tar", { "set/a": "a", "set/b": "b" });
    await writeFile(path, (await readFile(path)).subarray(0, 1024)); // header and contents of a
    await assertRejects(
      () => unpack(optionsFor(path, "tar", dir)),
      RangeError,
      "needs a whole, undamaged tar archive, got no end of the archive",
    );
  }));

Deno.test("unpack() finds a changed byte when a zip's checksum tells", () =>
  withFolder(async (dir) => {
    const path = join(dir, "set.zip");
    await writeZip(path, { "set/a": "abcdefgh".repeat(100) });
    const bytes = await readFile(path);
    bytes[bytes.indexOf("abcdefgh") + 5]! ^= 1;
    await writeFile(path, bytes);
    await assertRejects(
      () => unpack(optionsFor(path, "zip", dir)),
      RangeError,
      "it needs undamaged entries, got ",
    );
  }));

Deno.test("unpack() refuses two entries of one name", () =>
  withFolder(async (dir) => {
    const path = await write(dir, "tar", { "set/a": "a", "./set/a": "b" });
    await assertRejects(
      () => unpack(optionsFor(path, "tar", dir)),
      RangeError,
      "it needs entries of different names, got set/a twice",
    );
  }));

Deno.test("unpack() says of the archive what its names leave no place for", () =>
  withFolder(async (dir) => {
    const cases: readonly (readonly [Entries, string])[] = [
      [{ "set/a": "a", "set/a/b": "b" }, "it needs entries of different names, got set/a/b twice"],
      [{ "set/a/b": "b", "set/a": "a" }, "it needs entries of different names, got set/a twice"],
      [
        { [`set/${"x".repeat(300)}`]: "" },
        "it needs names that the disk has room for, got set/xxx",
      ],
      [
        { [`set/${"x".repeat(30_000)}/b`]: "" },
        "it needs names that the disk has room for, got set/",
      ],
    ];
    for (const [entries, says] of cases) {
      const path = await write(dir, "zip", entries);
      const options = optionsFor(path, "zip", dir);
      const { message } = await assertRejects(() => unpack(options), RangeError, says);
      assert(message.length < 500, `${message.length} characters`);
      await rm(join(dir, "out"), { recursive: true, force: true });
    }
  }));

for (const kind of ["zip", "tar"] as const) {
  Deno.test(`unpack() names what a ${kind} holds without what a terminal would obey`, () =>
    withFolder(async (dir) => {
      const path = await write(dir, kind, { "\x1b]0;mine\x07\x1b[2J/x": "x" });
      const { message } = await assertRejects(
        () => unpack(optionsFor(path, kind, dir)),
        RangeError,
      );
      assert(message.includes(String.raw`\x1b]0;mine\x07\x1b[2J/`), message);
    }));
}
