import { assert, assertEquals, assertRejects } from "@std/assert";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { lockFile, takeLock } from "../lib/file_lock.ts";

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

/** A process that has taken a lock, when it says so. */
async function holderOf(path: string): Promise<Disposable & { readonly pid: number }> {
  const file = JSON.stringify(import.meta.resolve("../lib/file_lock.ts"));
  const code = `import { takeLock } from ${file};
    await takeLock(${JSON.stringify(path)}, "");
    console.log("has it");
    setTimeout(() => {}, 60_000);`;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", code],
    stdout: "piped",
  }).spawn();
  const said = process.stdout.getReader();
  await said.read();
  return {
    pid: process.pid,
    [Symbol.dispose]: () => {
      process.kill("SIGKILL");
      void said.cancel();
    },
  };
}

Deno.test("takeLock() says who has a lock, and takes that of a killed process", () =>
  withFolder(async (folder) => {
    const path = join(folder, "lock");
    const trying = "Cannot try";
    {
      using other = await holderOf(path);
      const error = await assertRejects(() => takeLock(path, trying), RangeError);
      assertEquals(
        error.message,
        "Cannot try: a folder that no other process writes to needed, got one of process " +
          `${other.pid} on ${hostname()}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    {
      using _ = await takeLock(path, trying);
      await assertRejects(() => takeLock(path, trying), RangeError, `process ${Deno.pid} on`);
      await assertRejects(() => takeLock(path, trying), RangeError, `process ${Deno.pid} on`);
    }
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

Deno.test("takeLock() gives a lock to one of many at once", () =>
  withFolder(async (folder) => {
    const path = join(folder, "lock");
    const attempts = Array.from({ length: 8 }, () => takeLock(path, "Cannot try"));
    const outcomes = await Promise.allSettled(attempts);
    const taken = outcomes.filter(({ status }) => status === "fulfilled");
    assertEquals(taken.length, 1);
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") outcome.value[Symbol.dispose]();
    }
  }));

Deno.test("takeLock() has two files beside each other while it lasts", () =>
  withFolder(async (folder) => {
    using _ = await takeLock(join(folder, "lock"), "Cannot try");
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assertEquals(names.sort(), ["lock", "lock.holder"]);
  }));
