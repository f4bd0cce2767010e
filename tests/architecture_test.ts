/** The rules of the code's structure that a compiler does not check. */
import { assertEquals } from "@std/assert";

const root = new URL("../", import.meta.url);

/** What each layer of lib may import besides itself and the bottom. */
const bottom = ["array.ts", "bilinear.ts", "files.ts", "paced_lines.ts", "random.ts"];
const model = ["onnx", "graph", "nn", "models"];
const machinery = [...model, "runtime", "checkpoints", "data", "report"];
const layers: Readonly<Record<string, readonly string[]>> = {
  onnx: [],
  graph: ["onnx"],
  runtime: ["onnx", "graph"],
  nn: ["onnx", "graph"],
  models: ["onnx", "graph", "nn"],
  checkpoints: [],
  data: [],
  report: [],
  hub: [],
  train: machinery,
  eval: machinery,
  analysis: machinery,
  zoo: [...machinery, "train"],
  segment: [...machinery, "train", "eval", "zoo", "hub"],
};

/** Packages that one place alone knows; types may be imported anywhere. */
const packages: Readonly<Record<string, readonly string[]>> = {
  "onnxruntime-node": ["runtime"],
  "protobufjs": ["onnx"],
  "@zip.js/zip.js": ["checkpoints", "data"],
  "tar": ["data"],
  "yaml": ["zoo"],
  "sharp": ["data", "report"],
  "@observablehq/plot": ["report"],
  "happy-dom": ["report"],
  "cli-progress": ["report", "hub"],
  "@huggingface/hub": ["hub"],
};

interface Source {
  /** The path from the repository's root: lib/graph/ops/math.ts. */
  readonly path: string;
  readonly text: string;
}

async function sourcesIn(folder: string): Promise<Source[]> {
  const found: Source[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    const path = `${folder}${name}`;
    if (isDirectory) found.push(...await sourcesIn(`${path}/`));
    else if (/\.tsx?$/.test(name)) {
      found.push({ path, text: await Deno.readTextFile(new URL(path, root)) });
    }
  }
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}

const library = await sourcesIn("lib/");
const folders = await Promise.all(["experiments/", "tests/"].map(sourcesIn));
const everything = [...library, ...folders.flat()];

interface Import {
  readonly typeOnly: boolean;
  readonly from: string;
}

/** Static imports and exports from other files, and dynamic imports of literals. */
function importsOf({ text }: Source): Import[] {
  const code = text.replaceAll(/^\s*(\*|\/\/|\/\*\*).*$/gm, "");
  const clauses = /^(?:import|export)\s+(type\s)?[^"';]*?from\s+"([^"]+)"/gm;
  const bare = /\bimport\s*\(?\s*"([^"]+)"/g;
  return [
    ...[...code.matchAll(clauses)].map(([, type, from]) => ({ typeOnly: !!type, from: from! })),
    ...[...code.matchAll(bare)].map(([, from]) => ({ typeOnly: false, from: from! })),
  ];
}

/** The layer of a path below lib: its folder, or the file's own name at the bottom. */
function layerOf(path: string): string {
  return path.split("/")[1]!;
}

/** The path from the root of what a relative import names. */
function resolved(path: string, from: string): string {
  return new URL(from, new URL(path, root)).pathname.slice(root.pathname.length);
}

Deno.test("every folder of lib is a layer, and every file directly in it is at the bottom", () => {
  const known = [...Object.keys(layers), ...bottom];
  assertEquals(
    library.map(({ path }) => path).filter((path) => !known.includes(layerOf(path))),
    [],
  );
});

Deno.test("layers import only those below them", () => {
  const wrong = library.flatMap((source) => {
    const own = layerOf(source.path);
    const allowed = [...layers[own] ?? [], ...bottom, own];
    return importsOf(source).filter(({ from }) => from.startsWith("."))
      .map(({ from }) => resolved(source.path, from))
      .filter((path) => path !== "deno.json") // versions, as data
      .filter((path) => !path.startsWith("lib/") || !allowed.includes(layerOf(path)))
      .map((path) => `${source.path} imports ${path}`);
  });
  assertEquals(wrong, []);
});

Deno.test("packages are imported where they belong when they do the work of one layer", () => {
  const wrong = library.flatMap((source) =>
    importsOf(source)
      .filter(({ typeOnly, from }) =>
        !typeOnly && packages[from] && !packages[from].includes(layerOf(source.path))
      )
      .map(({ from }) => `${source.path} imports ${from}`)
  );
  assertEquals(wrong, []);
});

Deno.test("no file imports itself through others, for values or for types", () => {
  const edges = new Map(everything.map((source) => [
    source.path,
    importsOf(source).filter(({ from }) => from.startsWith("."))
      .map(({ from }) => resolved(source.path, from)),
  ]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
    if (trail.includes(path) || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  assertEquals(cycles, []);
});

Deno.test("no file is a barrel", () => {
  const barrels = everything.filter(({ text }) =>
    /^export (\*|(type )?\{[^}]*\} from)/m.test(text)
  );
  assertEquals(barrels.map(({ path }) => path), []);
});

Deno.test("lib has files of 300 lines at most", () => {
  const long = library.map(({ path, text }) => [path, text.trimEnd().split("\n").length] as const)
    .filter(([, lines]) => lines > 300);
  assertEquals(long, []);
});

Deno.test("files and folders have names in snake_case that say what is in them", () => {
  const odd = everything.map(({ path }) => path)
    .filter((path) => !/^([a-z][a-z0-9_]*\/)+[a-z][a-z0-9_]*\.ts$/.test(path));
  const vague = everything.map(({ path }) => path)
    .filter((path) => /\/(utils?|helpers?|common|misc|index|mod)(\.ts|\/)/.test(path));
  assertEquals([...odd, ...vague], []);
});

const EXPORTED = /^export (?:async )?(?:function\*?|class|const|interface|type|enum) (\w+)/;

/** Exported names without a doc comment right above them. */
function undocumented({ path, text }: Source): string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, i) => {
    const name = line.match(EXPORTED)?.[1];
    const above = lines.slice(0, i).filter((text) => !text.startsWith("// deno-lint-ignore")).at(
      -1,
    );
    return name === undefined || above?.trimEnd().endsWith("*/") ? [] : [`${path}: ${name}`];
  });
}

Deno.test("everything that lib exports has a doc comment", () => {
  assertEquals(library.flatMap(undocumented), []);
});

Deno.test("lib draws no random numbers but from named streams", () => {
  const wrong = library.filter(({ text }) => /Math\.random|crypto\.(getRandom|random)/.test(text));
  assertEquals(wrong.map(({ path }) => path), []);
});

Deno.test("lib is free of Deno.jupyter, so that it runs outside of notebooks", () => {
  const wrong = library.filter(({ text }) => text.includes("Deno.jupyter"));
  assertEquals(wrong.map(({ path }) => path), []);
});
