import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { writeTinyData } from "../commands/tiny_data.ts";
import { withFolder } from "../data/fixtures.ts";

const commands = new URL("../../experiments/commands/", import.meta.url).pathname;
const hasMpi = new Deno.Command("sh", { args: ["-c", "command -v mpirun"] }).outputSync().success;

interface Ended {
  readonly code: number;
  /** What it printed, on both streams. */
  readonly said: string;
}

async function run(command: string, args: readonly string[], env = {}): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args], env })
    .output();
  const text = new TextDecoder();
  return { code, said: text.decode(stdout) + text.decode(stderr) };
}

function seglab(name: string, args: readonly string[]): string[] {
  return ["run", "-A", "--no-check", `${commands}${name}.ts`, ...args];
}

async function alone(name: string, args: readonly string[], env = {}): Promise<Ended> {
  return await run(Deno.execPath(), seglab(name, args), env);
}

/** Runs a command in several processes; `first` is what a shell does before it, who knows its rank. */
async function together(
  size: number,
  name: string,
  args: readonly string[],
  first = "",
): Promise<Ended> {
  const shell = ["sh", "-c", `${first}\nexec "$@"`, "sh", Deno.execPath(), ...seglab(name, args)];
  return await run("mpirun", ["--oversubscribe", "-n", `${size}`, ...shell], {
    OMPI_MCA_mpi_yield_when_idle: "1", // more processes than cores
    OMPI_ALLOW_RUN_AS_ROOT: "1",
    OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1",
  });
}

function requireDone({ code, said }: Ended): void {
  assertEquals(code, 0, said);
}

const FILES = ["config.json", "metrics.jsonl", "model.safetensors", "summary.json"];

async function assertSame(one: string, other: string, files = FILES): Promise<void> {
  for (const file of files) {
    assert((await readFile(join(one, file))).equals(await readFile(join(other, file))), file);
  }
}

/** A network with batch norm, dropout and stochastic depth, and its average. */
const training = [
  ...["--variant", "SegFormer-B0", "--crop", "32", "--batch", "2", "--threads", "1"],
  ...["--steps", "4", "--val-every", "2", "--checkpoint-every", "1", "--ema", "0.9"],
];

Deno.test({
  name: "two and three processes train, evaluate and segment to the bytes of one",
  ignore: !hasMpi,
  fn: () =>
    withFolder(async (dir) => {
      const data = ["--data", await writeTinyData(dir)];
      const into = (folder: string) => [...training, ...data, "--out", join(dir, folder, "run")];
      requireDone(await alone("train", [...into("one"), "--accumulate", "4"]));
      requireDone(await together(2, "train", [...into("two"), "--accumulate", "2"]));
      const run = join(dir, "one", "run");
      await assertSame(run, join(dir, "two", "run"));

      requireDone(await alone("train", [...into("one of three"), "--accumulate", "3"]));
      requireDone(await together(3, "train", into("three")));
      await assertSame(join(dir, "one of three", "run"), join(dir, "three", "run"));

      const scored = (folder: string) => [run, ...data, "--out", join(dir, folder)];
      requireDone(await alone("evaluate", scored("scores")));
      requireDone(await together(2, "evaluate", scored("scores of two")));
      const scores = ["evaluation.json", "images.jsonl"];
      await assertSame(join(dir, "scores"), join(dir, "scores of two"), scores);

      const photos = join(dir, "train", "images");
      const drawn = (folder: string) => [photos, "--model", run, "--out", join(dir, folder)];
      const first = await alone("segment", drawn("labels"));
      const second = await together(2, "segment", drawn("labels of two"));
      requireDone(first);
      requireDone(second);
      const names = [...Deno.readDirSync(join(dir, "labels"))].map(({ name }) => name);
      assert(names.length >= 18);
      await assertSame(join(dir, "labels"), join(dir, "labels of two"), names);
      const table = first.said.slice(first.said.indexOf("class"), first.said.indexOf(dir));
      assertStringIncludes(second.said, table);
    }),
});

Deno.test({
  name: "a process that dies ends the others, and one alone goes on to the same bytes",
  ignore: !hasMpi,
  fn: () =>
    withFolder(async (dir) => {
      const data = ["--data", await writeTinyData(dir)];
      const into = (folder: string) => [...training, ...data, "--out", join(dir, folder, "run")];
      const run = join(dir, "killed", "run");
      const checkpoint = join(run, "checkpoint.safetensors");
      const dying = `if [ "$OMPI_COMM_WORLD_RANK" = 1 ]; then
        ( while ! [ -e '${checkpoint}' ]; do sleep 0.01; done; kill -9 $$ ) & fi`;
      const killed = await together(2, "train", into("killed"), dying);
      assert(killed.code !== 0 && !existsSync(join(run, "summary.json")), killed.said);
      requireDone(await alone("train", [...into("whole"), "--accumulate", "2"]));
      requireDone(await alone("train", ["--out", run, "--resume"]));
      await assertSame(join(dir, "whole", "run"), run);
    }),
});

Deno.test({
  name: "processes that would not train the same say what differs",
  ignore: !hasMpi,
  fn: () =>
    withFolder(async (dir) => {
      const args = [...training, "--data", await writeTinyData(dir), "--out", join(dir, "run")];
      const seeded = `[ "$OMPI_COMM_WORLD_RANK" = 1 ] && set -- "$@" --seed 7`;
      const { code, said } = await together(2, "train", args, seeded);
      assert(code !== 0 && !existsSync(join(dir, "run", "config.json")));
      assertStringIncludes(
        said,
        "Cannot train in 2 processes: the same config in all of them needed",
      );
      const three = await together(2, "segment", [
        ...[join(dir, "train", "images"), "--model", join(dir, "none")],
      ]);
      assert(three.code !== 0);
    }),
});

Deno.test("mpirun's variables without its processes or its library are an error that says so", () =>
  withFolder(async (dir) => {
    const args = [...training, "--data", await writeTinyData(dir), "--out", join(dir, "run")];
    const { code, said } = await alone("train", args, { OMPI_COMM_WORLD_SIZE: "2" });
    assertEquals(code, 1);
    const needed = hasMpi
      ? "the library of the mpirun that started 2 of them needed"
      : "the library of Open MPI, which started this one, needed";
    assertStringIncludes(said, `Error: Cannot join other processes: ${needed}`);
  }));

const libraries = "/usr/lib/x86_64-linux-gnu/";
const [openMpi, mpich] = [`${libraries}libmpi.so.40`, `${libraries}libmpich.so.12`] as const;

Deno.test({
  name: "a library of another ABI under the right name is an error that says what it is",
  ignore: !existsSync(openMpi) || !existsSync(mpich),
  fn: () =>
    withFolder(async (dir) => {
      const cases = [
        ["OMPI_COMM_WORLD_SIZE", "libmpi.so.40", mpich, "the library of Open MPI, which", "MPICH"],
        ["PMI_SIZE", "libmpich.so.12", openMpi, "the library of MPICH, which", "Open MPI v"],
      ] as const;
      for (const [variable, name, other, needed, got] of cases) {
        const path = join(dir, name);
        await Deno.symlink(other, path);
        const env = { [variable]: "2", LD_LIBRARY_PATH: dir };
        const { code, said } = await alone("segment", ["none.png", "--model", "none"], env);
        assertEquals(code, 1, said);
        assertStringIncludes(said, needed);
        assertStringIncludes(said, `got ${path} with another ABI: ${got}`);
      }
    }),
});
