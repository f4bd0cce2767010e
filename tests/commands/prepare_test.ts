/** The command as a user runs it, on archives of our own making in the published layouts. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { prepareCommand } from "../../experiments/commands/prepare.ts";
import { repository } from "../../experiments/commands/paths.ts";
import { image, mask, writeTar, writeZip } from "../prepare/archives.ts";
import { withFolder } from "../data/fixtures.ts";

const script = new URL("../../experiments/commands/prepare.ts", import.meta.url).pathname;

/** Runs the command in a shell after `setup`; gives exit code and lines. */
async function run(args: readonly string[], setup = ""): Promise<[number, string[], string[]]> {
  const deno = [Deno.execPath(), "run", "-A", "--no-check", script, ...args];
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", `${setup} exec "$@"`, "sh", ...deno],
    env: { NO_COLOR: "1" },
  }).output();
  const lines = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trimEnd().split("\n");
  return [code, lines(stdout), lines(stderr)];
}

async function writeAde(dir: string): Promise<string> {
  const path = join(dir, "ADEChallengeData2016.zip");
  await writeZip(path, {
    "ADEChallengeData2016/images/validation/a.jpg": image,
    "ADEChallengeData2016/annotations/validation/a.png": mask(1),
  });
  return path;
}

Deno.test("prepare prints a table, what is missing, and the folder", () =>
  withFolder(async (dir) => {
    const out = join(dir, "ade");
    const path = await writeAde(dir);
    const [code, stdout, stderr] = await run(["ade20k", "--archive", path, "--out", out]);
    assertEquals(code, 0, stderr.join("\n"));
    assertEquals(stdout, [
      "split  pairs  published  decoded and checked",
      "─────  ─────  ─────────  ───────────────────",
      "train      0     20,210                    0",
      "val        1      2,000                    1",
      out,
    ]);
    assert(/^ADEChallengeData2016\.zip · \d+ bytes of \d+ bytes/.test(stderr[0]!), stderr[0]);
    assertEquals(stderr.slice(1), [
      "Warning: 20,210 pairs of train are missing (0 of 20,210)",
      "Warning: 1,999 pairs of val are missing (1 of 2,000)",
      "Other sets can be used; their scores cannot be put beside published ones.",
    ]);
  }));

Deno.test("prepare says in one line what is wrong and exits with 1", () =>
  withFolder(async (dir) => {
    const path = join(dir, "set.zip");
    await writeZip(path, { "ADE20K_2021_17_01/index.pkl": "" });
    const out = join(dir, "out");
    const [code, stdout, stderr] = await run(["ade20k", "--archive", path, "--out", out]);
    assertEquals([code, stdout], [1, [""]], stderr.join("\n"));
    const says = `Error: Cannot unpack ${path}: it needs files of ADE20K as in ` +
      "ADEChallengeData2016.zip, got an archive with ADE20K_2021_17_01/ at its top";
    assertEquals(stderr.at(-1), says); // behind the progress
    assertEquals(await readdir(dir), ["set.zip"]);
  }));

Deno.test("prepare needs a known name and either archives or a folder", async () => {
  const prepare = (...args: string[]) => () => prepareCommand().parseAsync(args, { from: "user" });
  await assertRejects(prepare("mnist", "--root", "/"), Error, "Allowed choices are ade20k, city");
  const says = "it needs either --archive with ADEChallengeData2016.zip, and perhaps --out DIR, or";
  const wrong = [[], ["--out", "a"], ["--root", "a", "--out", "b"], [
    "--root",
    "a",
    "--archive",
    "b",
  ]];
  for (const args of wrong) await assertRejects(prepare("ade20k", ...args), RangeError, says);
  await assertRejects(
    prepare("ade20k", "--archive", repository),
    RangeError,
    `archives needed, got the folder ${
      repository.slice(0, -1)
    }; give one that is unpacked already as --root`,
  );
});

Deno.test({
  name: "prepare leaves nothing that looks finished when the disk is full or it is killed",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (dir) => {
      const path = join(dir, "VOCtrainval_11-May-2012.tar");
      const [small, large] = [new Uint8Array(1000), new Uint8Array(3_000_000)];
      await writeTar(path, {
        "VOCdevkit/VOC2012/JPEGImages/a.jpg": small,
        "VOCdevkit/VOC2012/JPEGImages/b.jpg": large,
      });
      const out = join(dir, "out");
      const args = ["pascal-voc", "--archive", path, "--out", out];
      // A file may have 1 or 2 MB, as the shell counts; XFSZ would end the process at once.
      const [code, , stderr] = await run(args, "trap '' XFSZ; ulimit -f 2000;");
      assertEquals(code, 1, stderr.join("\n"));
      const file = join(dir, "out.partial", "VOCdevkit", "VOC2012", "JPEGImages", "b.jpg");
      assertStringIncludes(stderr.join("\n"), `Error: Cannot write ${file}: `);
      assertEquals(await readdir(dir), ["VOCtrainval_11-May-2012.tar"]);

      const [killed] = await run(args, "ulimit -f 2000;");
      assert(killed !== 0 && !existsSync(out));
      assert(existsSync(join(dir, "out.partial"))); // which the next run removes
      const [again, , errors] = await run(args);
      assertEquals(again, 1);
      assertStringIncludes(errors.join("\n"), "Error: Cannot open Pascal VOC 2012's train split");
      assert(!existsSync(join(dir, "out.partial")));
    }),
});
