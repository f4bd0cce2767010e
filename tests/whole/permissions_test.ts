import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { encodeImage } from "../../lib/images/encode.ts";
import { pattern, withFolder } from "../data/fixtures.ts";
import { HubServer, TOKEN } from "../hub/hub_server.ts";
import { image, mask, writeZip } from "../prepare/archives.ts";
import { tinyTraining, writeTinyData } from "../commands/tiny_data.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const { tasks } = JSON.parse(await Deno.readTextFile(join(repository, "deno.json"))) as {
  tasks: Record<string, string>;
};
const commands = Object.entries(tasks).filter(([, line]) => line.includes("experiments/commands/"));

async function deno(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: repository,
    env: { DENO_NO_PROMPT: "1", NO_COLOR: "1", ...env },
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert(code === 0 && !/Requires \w+ access/.test(said), `${args.join(" ")}:\n${said}`);
  return said;
}

/** Runs a task's line as `deno task` does, with options for Deno in front of the script. */
function task(name: string, args: readonly string[], extra: readonly string[] = [], env = {}) {
  const [, ...words] = tasks[name]!.split(" ");
  return deno([...words.slice(0, -1), ...extra, words.at(-1)!, ...args], env);
}

Deno.test("no command may do all, and those without a use for it neither the network nor programs", () => {
  const sets = Object.fromEntries(commands.map(([name, line]) => {
    return [name, /^deno run -q -P=(\w+) [\w/]+\.ts$/.exec(line)?.[1]];
  }));
  const { bench, lab, notebooks, package: npm, publish, ...quiet } = sets;
  const { experiment, start, download, push, train, evaluate, segment, ...others } = quiet;
  assertEquals(publish, "site");
  assertEquals([experiment, start, download, push], ["experiment", "experiment", "hub", "push"]);
  assertEquals([bench, lab, notebooks, npm], Array(4).fill("programs"));
  assertEquals([train, evaluate, segment], Array(3).fill("ranks")); // they may load MPI
  for (const [name, set] of Object.entries(others)) assertEquals(set, "offline", name);
});

Deno.test("the permission sets are what they are called", () =>
  withFolder(async (dir) => {
    const script = join(dir, "asked.ts");
    await writeFile(
      script,
      `const asked = [
        { name: "net", host: "huggingface.co" },
        { name: "net", host: "cas-bridge.xethub.hf.co" },
        { name: "net", host: "example.org" },
        { name: "run", command: "git" },
        { name: "run", command: "sh" },
        { name: "ffi", path: Deno.args[0] + "/node_modules/x" },
        { name: "ffi", path: "/tmp/x" },
      ];
      const states = await Promise.all(asked.map((one) => Deno.permissions.query(one)));
      console.log(states.map(({ state }) => state === "granted" ? "y" : "n").join(""));`,
    );
    const of = (set: string) =>
      deno(["run", "-q", `-P=${set}`, "--config", "deno.json", script, repository]);
    assertEquals(await of("offline"), "nnnnnyn\n");
    assertEquals(await of("ranks"), "nnnnnyn\n");
    assertEquals(await of("experiment"), "nnnynyn\n");
    assertEquals(await of("hub"), "yynnnnn\n");
    assertEquals(await of("push"), "yynnnyn\n");
  }));

Deno.test("train, evaluate, segment and the others need no more than their permissions", () =>
  withFolder(async (dir) => {
    const data = await writeTinyData(dir);
    const run = join(dir, "run");
    const training = [...tinyTraining, "--data", data, "--steps", "2", "--threads", "1"];
    await task("train", [...training, "--out", run]);
    const { commit } = JSON.parse(await Deno.readTextFile(join(run, "environment.json")));
    assert(commit === null || /^[0-9a-f]{40,64}-unchecked$/.test(commit), commit);
    await task("evaluate", [run, "--data", data]);
    await writeFile(join(dir, "photo.png"), await encodeImage(pattern(40, 40)));
    const out = ["--out", join(dir, "segmented")];
    await task("segment", [join(dir, "photo.png"), "--model", run, ...out]);
    await task("rank", [join(dir, "photo.png"), "--model", run, "--out", join(dir, "rank.json")]);
    await task("check-labels", [data]);
    await task("preview-augmentation", ["--data", data, "--out", join(dir, "sheet.png")]);
    await task("describe", [join(dir, "train")]);
    await task("export", [run, "--onnx", join(dir, "model.onnx")]);
    await using server = new HubServer({});
    const hosts = [server.address, server.cdnAddress].map((address) => new URL(address).host);
    const env = { HF_ENDPOINT: server.address, HF_TOKEN: TOKEN };
    await task("push", [run, "--to", "me/tiny"], [`--allow-net=${hosts}`], env);
    const evaluation = join(run, "evaluation");
    await task("compare", [evaluation, evaluation, "--data", data, "--out", join(dir, "compared")]);
  }));

Deno.test("prepare and download need no more than their permissions", () =>
  withFolder(async (dir) => {
    const archive = join(dir, "camvid.zip");
    await writeZip(archive, { "CamVid/val/a.png": image, "CamVid/valannot/a.png": mask(1) });
    const prepared = await task("prepare", [
      "camvid",
      "--archive",
      archive,
      "--out",
      join(dir, "camvid"),
    ]);
    assertStringIncludes(prepared, "val");

    await using server = new HubServer({ "a/b": { files: { "model.safetensors": "weights" } } });
    const hosts = [server.address, server.cdnAddress].map((address) => new URL(address).host);
    const env = { HF_ENDPOINT: server.address, HF_HOME: join(dir, "hub") };
    assertStringIncludes(
      await task("download", ["a/b"], [`--allow-net=${hosts}`], env),
      "all hashes are right",
    );
  }));

Deno.test("commands that run other programs say what they do under their permissions", async () => {
  for (const name of ["bench", "lab", "notebooks", "package", "publish", "results", "submit"]) {
    assertStringIncludes(await task(name, ["--help"]), `Usage: ${name}`);
  }
});
