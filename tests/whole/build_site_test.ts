import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buildSite } from "../../experiments/site/build_site.ts";
import { withFolder } from "../data/fixtures.ts";
import { experiments, keptModel, results, withSite } from "../site/built.ts";

/** All files below a folder with their sizes in bytes. */
async function filesIn(folder: string): Promise<Map<string, number>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return new Map(
    await Promise.all(
      files.map(async (path) => [path.slice(folder.length + 1), (await stat(path)).size] as const),
    ),
  );
}

Deno.test("the repository's site is small, and its links lead to files", async () =>
  await withSite(async (site, { experiments, model }) => {
    const files = await filesIn(site);
    // Scripts are loaded by their own page alone: those of training hold what the library trains with.
    const bytesOf = (kind: RegExp) =>
      [...files].filter(([path]) => kind.test(path)).reduce((sum, [, size]) => sum + size, 0);
    const [contents, scripts] = [/^(?!model\/|onnxruntime\/)(?!.*\.js$)/, /^[^/]*\.js$/].map(
      bytesOf,
    );
    assert(contents! < 5e6, `${contents} bytes of pages, pictures and numbers`);
    assert(scripts! < 2e6, `${scripts} bytes of scripts`);
    assert(files.get("model/network.onnx")! <= 8e6, `${files.get("model/network.onnx")} bytes`);
    assertEquals(files.get("model/network.onnx"), model!.bytes);

    for (const page of [...files.keys()].filter((path) => path.endsWith(".html"))) {
      const text = await readFile(join(site, page), "utf8");
      for (const [, link] of text.matchAll(/(?:href|src)="([^"#:]+)"/g)) {
        assert(files.has(join(dirname(page), link!)), `${page} leads to ${link}`);
      }
    }
    for (const { name, groups, data, header } of experiments) {
      const page = await readFile(join(site, "experiments", `${name}.html`), "utf8");
      for (const group of groups) assertStringIncludes(page, `>${group.name}</th>`);
      for (const { truth, predictions } of data.overlays) {
        for (const path of [truth, ...predictions.map(({ picture }) => picture)]) {
          assert(files.has(join("experiments", path)), path);
        }
      }
      assert(header.question.length > 0 && header.command !== null, name);
    }
    assertEquals((await stat(site)).mode & 0o777, 0o755);
  }, await keptModel()));

Deno.test("what cannot be published is refused in words, and an earlier site stays", () =>
  withFolder(async (dir) => {
    const all = await experiments();
    const sources = { results: dir, experiments: all, model: null };
    const out = join(dir, "site");
    await assertRejects(
      () => buildSite({ ...sources, results: join(dir, "none") }, out),
      RangeError,
      "Cannot publish: a folder of results needed, got no",
    );
    await assertRejects(
      () => buildSite(sources, out),
      RangeError,
      "Cannot publish: a finished run of one of",
    );
    assertEquals(await readdir(dir), []); // nothing half done

    await mkdir(out);
    await writeFile(join(out, "mine.txt"), "mine");
    await assertRejects(
      () => buildSite({ ...sources, results }, out),
      RangeError,
      "a new folder or an earlier site needed, got a folder with 1 other files",
    );
    assert(existsSync(join(out, "mine.txt")));
  }));

Deno.test("a run half done is named and left out; damaged JSON is an error that names the file", () =>
  withFolder(async (dir) => {
    const { name, experiment, file } = (await experiments()).find(({ name }) =>
      name === "families"
    )!;
    const folder = (run: string) => join(dir, name, run);
    const copy = async (run: string, files: readonly string[]) => {
      await mkdir(folder(run), { recursive: true });
      for (const path of files) {
        await writeFile(join(folder(run), path), await readFile(join(results, name, run, path)));
      }
    };
    const whole = ["config.json", "summary.json", "environment.json", "metrics.jsonl"];
    await copy("setr-naive-s1", whole);
    await copy("setr-pup-s1", ["config.json", "metrics.jsonl"]);
    const sources = { results: dir, experiments: [{ name, experiment, file }], model: null };
    const built = await buildSite(sources, join(dir, "site"));
    assertEquals(built.experiments[0]!.unfinished, ["setr-pup-s1"]);
    const page = await readFile(join(dir, "site", "experiments", `${name}.html`), "utf8");
    assertStringIncludes(page, "Not finished: setr-pup-s1.");

    await writeFile(join(folder("setr-naive-s1"), "summary.json"), "{");
    await assertRejects(() => buildSite(sources, join(dir, "site")), SyntaxError, "summary.json");
    assert(existsSync(join(dir, "site", "index.html")));
  }));

Deno.test("analyses are pairs of pictures and JSON", () =>
  withFolder(async (dir) => {
    const { name, experiment, file } = (await experiments()).find(({ name }) =>
      name === "families"
    )!;
    const run = "setr-naive-s1";
    await mkdir(join(dir, name, run), { recursive: true });
    for (const path of ["config.json", "summary.json", "environment.json", "metrics.jsonl"]) {
      await writeFile(join(dir, name, run, path), await readFile(join(results, name, run, path)));
    }
    const folder = join(dir, "analyses", "a-model");
    await mkdir(folder, { recursive: true });
    const picture = await readFile(join(results, "families", "per_class_iou.png"));
    for (const path of ["attention.png", "attention_rollout.png", "stray.png"]) {
      await writeFile(join(folder, path), picture);
    }
    await writeFile(join(folder, "attention.json"), "{}");
    const sources = { results: dir, experiments: [{ name, experiment, file }], model: null };
    await buildSite(sources, join(dir, "site"));
    const page = await readFile(join(dir, "site", "analyses.html"), "utf8");
    assertStringIncludes(page, "analyses/a-model/attention_rollout.webp");
    assertStringIncludes(page, "analyses/a-model/attention.json");
    assert(!page.includes("stray"));
    assertStringIncludes(
      await readFile(join(dir, "site", "photo.html"), "utf8"),
      "published without a model",
    );
  }));
