/** The library as others use it: the example of lib/README.md, in an empty folder, from the tarball. */
import { assert, assertEquals } from "@std/assert";
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import ts from "typescript";
import { buildPackage } from "../../experiments/commands/package.ts";
import { scenes } from "../../lib/scenes/scenes.ts";
import { ownPath } from "../golden.ts";

const OLDEST_NODE = 22;

/** Runs a program in a folder; its standard output, where it says nothing else and succeeds. */
async function run(folder: string, command: readonly string[], env = {}): Promise<string> {
  const [program, ...args] = command;
  const options = { args, cwd: folder, env: { NO_COLOR: "1", ...env } };
  const { success, stdout, stderr } = await new Deno.Command(program!, options).output();
  const [said, complained] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert(success, `${command.join(" ")}\n${said}${complained}`);
  assertEquals(complained, "");
  return said!;
}

/** The Node of this machine where it is new enough, or else one of the npm registry. */
async function node(): Promise<string[]> {
  const found = await run(".", ["node", "--version"]).catch(() => "v0");
  const isNew = Number(/^v(\d+)/.exec(found)![1]) >= OLDEST_NODE;
  return isNew ? ["node"] : ["npx", "--yes", `node@${OLDEST_NODE}`];
}

/** Installs the package from its tarball into a folder that has nothing else. */
async function install(folder: string): Promise<void> {
  const built = join(folder, "built");
  await buildPackage(built);
  const packed = await run(folder, ["npm", "pack", "--silent", built]);
  const app = join(folder, "app");
  await mkdir(app);
  await writeFile(join(app, "package.json"), JSON.stringify({ type: "module" }));
  const options = ["--silent", "--prefer-offline", "--no-audit", "--no-fund"];
  await run(app, ["npm", "install", ...options, join(folder, packed.trim())], {
    ONNXRUNTIME_NODE_INSTALL: "skip",
  });
}

/** What the example opens: a checkpoint, and the photo of a street as a JPEG. */
async function addFiles(app: string): Promise<void> {
  await cp(ownPath("containers/segmenter_small"), join(app, "checkpoint"), { recursive: true });
  const { image } = await scenes({ seed: 1, split: "val", length: 1, size: 128 }).example(0);
  const { width, height, data } = image;
  await sharp(data, { raw: { width, height, channels: 3 } }).jpeg().toFile(join(app, "photo.jpg"));
}

/** What the example prints: shares of classes, the loss of each step, and the score. */
async function checkExample(app: string, command: readonly string[]): Promise<void> {
  await rm(join(app, "overlay.png"), { force: true });
  const said = await run(app, [...command, "example.js"]);
  const numbers = (pattern: RegExp) => [...said.matchAll(pattern)].map(([, n]) => Number(n));
  const shares = numbers(/: ([\d.]+) %$/gm);
  assert(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 100) < 1e-6, said);
  assert((await stat(join(app, "overlay.png"))).size > 1000);
  const losses = numbers(/^step \d+: loss ([\d.]+)$/gm);
  assertEquals(losses.length, 30);
  assert(losses.at(-1)! < losses[0]! / 2, said);
  assert(numbers(/^mIoU ([\d.]+)$/gm)[0]! > 0.8, said);
}

/** The declarations accept the example and what is imported by its path, but no wrong option. */
function checkTypes(app: string, example: string): void {
  const more = `import { exp } from "seglab/graph/ops/math";\n` +
    `console.log(exp(seglab.input("x", [3])));\n` +
    `// @ts-expect-error windows is no option\n` +
    `await seglab.segment(model, "photo.jpg", { windows: 3 });\n`;
  const file = join(app, "example.ts");
  Deno.writeTextFileSync(file, example + more);
  const program = ts.createProgram([file], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    noImplicitAny: false, // the example has no types of its own
    skipLibCheck: true,
    noEmit: true,
  });
  const errors = ts.getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  assertEquals(errors, []);
}

const registry = await new Deno.Command("npm", {
  args: ["view", "--prefer-offline", "zod@4.6.7", "version"],
}).output().then(({ success }) => success, () => false);

Deno.test({
  name:
    "the package runs lib/README.md's example in Node 22 and in Deno, installed from its tarball" +
    (registry ? "" : " (left out: the npm registry cannot be reached)"),
  ignore: !registry,
  fn: async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "seglab-package-"));
    try {
      await install(folder);
      const app = join(folder, "app");
      const readme = await readFile(join(app, "node_modules", "seglab", "README.md"), "utf8");
      const example = /```js\n(.*?)```/s.exec(readme)![1]!;
      await writeFile(join(app, "example.js"), example);
      await addFiles(app);
      const nodeCommand = await node();
      await t.step("Node", () => checkExample(app, nodeCommand));
      await t.step("Deno", () => checkExample(app, [Deno.execPath(), "run", "-A"]));
      await t.step("the browser's part, in Node too", async () => {
        const names = "console.log(Object.keys(await import('seglab/web')).sort().join())";
        const said = await run(app, [...nodeCommand, "--input-type=module", "--eval", names]);
        assertEquals(
          said.trim(),
          "IGNORE,arrayDataset,availableThreads,chosenDevice,modelBytes,openModel,scenes,segment," +
            "trainModel,webRuntimeFiles",
        );
      });
      await t.step("TypeScript", () => checkTypes(app, example));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
});
