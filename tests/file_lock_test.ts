import { assert, assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockFile } from "../lib/file_lock.ts";

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "seglab-lock-"));
  try {
    await test(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

Deno.test("lockFile() lets one in at a time, and leaves no file", () =>
  withFolder(async (folder) => {
    const path = join(folder, "lock");
    let [inside, most, turns] = [0, 0, 0];
    const turn = async () => {
      using _ = await lockFile(path);
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
      turns++;
    };
    await Promise.all([turn(), turn(), turn(), turn()]);
    assertEquals({ most, turns }, { most: 1, turns: 4 });
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

Deno.test("lockFile() waits for another process, and not for one that was killed", () =>
  withFolder(async (folder) => {
    const path = join(folder, "lock");
    const file = JSON.stringify(import.meta.resolve("../lib/file_lock.ts"));
    const code = `import { lockFile } from ${file};
      await lockFile(${JSON.stringify(path)});
      console.log("has it");
      setTimeout(() => {}, 60_000);`;
    const other = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", code],
      stdout: "piped",
    }).spawn();
    const said = other.stdout.getReader();
    await said.read();
    assert(existsSync(path));
    let mine = false;
    const waiting = lockFile(path).then((lock) => {
      mine = true;
      lock[Symbol.dispose]();
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    assertEquals(mine, false);
    other.kill("SIGKILL");
    await other.status;
    await said.cancel();
    await waiting;
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

Deno.test("lockFile() goes on without a lock where no file can be made", async () => {
  using _ = await lockFile("/nowhere/at/all");
});
