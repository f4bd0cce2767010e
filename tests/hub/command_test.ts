/** The command as a user runs it: what it prints, and its exit code. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../data/fixtures.ts";
import { COMMIT, HubServer } from "./hub_server.ts";

const script = new URL("../../experiments/commands/download.ts", import.meta.url).pathname;

/** Runs the command in an environment that has only these of the hub's variables. */
async function run(args: readonly string[], variables: Record<string, string>) {
  const others = Object.entries(Deno.env.toObject())
    .filter(([name]) => !/^(HF|HUGGINGFACE)_/.test(name));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, ...args],
    clearEnv: true,
    env: { ...Object.fromEntries(others), NO_COLOR: "1", ...variables },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trimEnd().split("\n");
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("download prints the files, their folder and what to do with it", () =>
  withFolder(async (dir) => {
    const files = { "config.json": "{}", "model.safetensors": new Uint8Array(5000) };
    await using server = new HubServer({ "a/b": { files } });
    const out = join(dir, "my model");
    const HF_ENDPOINT = server.address;
    const { code, stdout, stderr } = await run(["a/b", "--out", out], { HF_ENDPOINT });
    assertEquals(code, 0, stderr.join("\n"));
    assertEquals(stdout, [
      "config.json        2 bytes",
      "model.safetensors  5 kB",
      "5 kB downloaded, all hashes are right",
      out,
      `deno task segment IMAGE --model "${out}"`,
    ]);
    assertEquals(stderr, ["model.safetensors · 5 kB of 5 kB"]);
  }));

Deno.test("download --dataset unpacks images and masks, and says how to look at them", () =>
  withFolder(async (dir) => {
    const parquet = (name: string) =>
      readFile(new URL(`../annotations/parquet/${name}.parquet`, import.meta.url));
    const files = {
      "train.parquet": await parquet("snappy"),
      "test.parquet": await parquet("snappy"),
    };
    const bare = { "data/train.parquet": await parquet("unlabelled") };
    await using server = new HubServer({
      "a/b": { kind: "dataset", files },
      "a/bare": { kind: "dataset", files: bare },
    });
    const HF_ENDPOINT = server.address;
    const out = join(dir, "streets");
    const { code, stdout, stderr } = await run(["--dataset", "a/b", "--out", out], { HF_ENDPOINT });
    assertEquals(code, 0, stderr.join("\n"));
    assertEquals(stdout, [
      "train.parquet  3.73 kB",
      "test.parquet   3.73 kB",
      "7.46 kB downloaded, all hashes are right",
      `3 images of train and 3 of val in ${join(out, "unpacked", "pixel_values-label")}`,
      `deno task check-labels ${out}`,
    ]);
    const failed = await run(["a/bare", "--dataset", "--out", `${out}2`], { HF_ENDPOINT });
    assertEquals(failed.code, 1);
    const says = `Error: Cannot use ${join(`${out}2`, "data", "train.parquet")}: a column of masks`;
    assert(failed.stderr.at(-1)!.startsWith(says), failed.stderr.at(-1));
  }));

Deno.test("download keeps files below HF_HOME and uses them when no hub answers", () =>
  withFolder(async (dir) => {
    const server = new HubServer({ "a/b": { files: { "x.pth": new Uint8Array(5000) } } });
    const environment = { HF_ENDPOINT: server.address, HF_HOME: dir };
    const snapshot = join(dir, "hub", "models--a--b", "snapshots", COMMIT);
    const first = await run(["a/b"], environment);
    assertEquals([first.code, first.stdout.at(-2)], [0, snapshot]);
    await server[Symbol.asyncDispose]();
    const { code, stdout, stderr } = await run(["a/b"], environment);
    assertEquals([code, stdout.at(-2)], [0, snapshot]);
    assertEquals(stderr.at(-1), "What an earlier download brought is used, unchecked.");
  }));

Deno.test("download prints one line and exits with 1 when it fails", async () => {
  await using server = new HubServer({});
  const { code, stdout, stderr } = await run(["a/b"], { HF_ENDPOINT: server.address });
  assertEquals([code, stdout, stderr.length], [1, [""], 1]);
  const { address } = server;
  const says = `Error: Cannot download a/b: the id of a model at ${address} needed, got a/b, which`;
  assert(stderr[0]!.startsWith(says), stderr[0]);
});
