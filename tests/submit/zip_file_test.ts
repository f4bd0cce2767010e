import { assertEquals, assertRejects } from "@std/assert";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeZip, type ZipEntry } from "../../lib/submit/zip_file.ts";
import { withFolder } from "../data/fixtures.ts";
import { unzipped } from "./unzipped.ts";
import { assertSame } from "../same.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const contents: readonly ZipEntry[] = [
  { name: "a.png", bytes: bytes(1, 2, 3) },
  { name: "b.png", bytes: Uint8Array.from({ length: 100_000 }, (_, i) => i % 251) },
];

async function* entries(error?: Error): AsyncGenerator<ZipEntry> {
  yield* contents;
  if (error) throw error;
}

Deno.test("writeZip() stores entries in their order and gives the same bytes each time", () =>
  withFolder(async (dir) => {
    const [path, again] = [join(dir, "new", "a.zip"), join(dir, "b.zip")];
    await writeZip(path, entries());
    await writeZip(again, entries());
    assertSame(await unzipped(path), contents);
    assertSame(await readFile(again), await readFile(path));
    assertEquals(await readdir(join(dir, "new")), ["a.zip"]);
  }));

Deno.test("writeZip() leaves a file as it was when an entry cannot be made", () =>
  withFolder(async (dir) => {
    const path = join(dir, "a.zip");
    const broken = () => writeZip(path, entries(new SyntaxError("Cannot decode b")));
    await assertRejects(broken, SyntaxError, "Cannot decode b");
    assertEquals(await readdir(dir), []);
    await writeFile(path, "before");
    await assertRejects(broken, SyntaxError, "Cannot decode b");
    assertEquals(await readFile(path, "utf8"), "before");
    assertEquals(await readdir(dir), ["a.zip"]);
  }));

Deno.test("writeZip() asks for no entry when the file cannot be written", () =>
  withFolder(async (dir) => {
    const path = join(dir, "a.zip");
    await mkdir(path);
    let asked = false;
    const asking = async function* (): AsyncGenerator<ZipEntry> {
      asked = true;
      yield* contents;
    };
    await assertRejects(() => writeZip(path, asking()), Error, `Cannot write ${path}`);
    assertEquals([asked, await readdir(path)], [false, []]);
  }));
