/** The rules of the code's structure that a compiler does not check. */
import { assertEquals } from "@std/assert";

const root = new URL("../", import.meta.url);

/** Files directly in lib: the bottom, which everything may import. */
const bottom = [
  "array.ts",
  "bilinear.ts",
  "class_name.ts",
  "file_lock.ts",
  "files.ts",
  "fill_folder.ts",
  "float16.ts",
  "in_flight.ts",
  "json.ts",
  "listing.ts",
  "misfit.ts",
  "progress.ts",
  "random.ts",
  "remedy.ts",
  "short_name.ts",
  "spelt.ts",
  "statistics.ts",
  "text_file.ts",
  "threads.ts",
  "turn.ts",
  "words.ts",
  "writable_folder.ts",
];

/** What each folder of lib may import besides itself and the bottom; those before it in the list. */
const pixels = ["images", "data"];
const networks = ["graph", "nn", "images", "families"];
const layers: Readonly<Record<string, readonly string[]>> = {
  onnx: [],
  graph: ["onnx"],
  runtime: ["onnx", "graph"],
  nn: ["graph"],
  images: [],
  report: ["images"],
  hub: [],
  ranks: [],
  tensorboard: [],
  checkpoints: ["images"],
  data: ["images"],
  annotations: pixels,
  scenes: pixels,
  sets: [...pixels, "annotations", "scenes"],
  labels: [...pixels, "annotations", "sets", "report"],
  prepare: [...pixels, "sets"],
  families: ["graph", "nn", "images", "checkpoints"],
  train: [...networks, "data", "checkpoints", "runtime", "ranks"],
  models: [...networks, "onnx", "hub", "checkpoints", "sets", "train"],
  inference: [...networks, "runtime"],
  scoring: [...pixels, "inference", "ranks"],
  analysis: [
    ...[...networks, "data", "sets", "runtime", "report", "train", "models", "inference"],
    "scoring",
  ],
  runs: [
    ...[...networks, "data", "checkpoints", "sets", "report", "labels", "train", "models"],
    ...["inference", "scoring", "analysis", "tensorboard", "ranks"],
  ],
  segment: [
    ...[...pixels, "graph", "checkpoints", "annotations", "families", "report", "models"],
    "inference",
    "ranks",
    "runtime",
  ],
  submit: [...pixels, "sets", "segment"],
  web: [...[...networks, "data", "checkpoints", "models", "train", "inference", "runs"], "runtime"],
};

/** The only files that export what others define, and that may import all of lib. */
const doors = ["lib/mod.ts", "lib/mod_web.ts"];

/** What each folder of experiments may import of experiments besides itself; lib is open to all. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  recipes: [],
  "": ["recipes"], // the questions themselves
  bench: [],
  site: [],
  "site/browser": ["site"], // what browsers run
  commands: ["", "bench", "site"],
};

/** Packages that one place alone knows; types may be imported anywhere. */
const packages: Readonly<Record<string, readonly string[]>> = {
  "onnxruntime-node": ["runtime"],
  "@noble/hashes/sha2.js": ["web"],
  "protobufjs": ["onnx", "tensorboard"],
  "@zip.js/zip.js": ["checkpoints", "prepare", "submit"],
  "fast-xml-parser": ["annotations"],
  "hyparquet": ["annotations"],
  "tar": ["prepare"],
  "yaml": ["annotations", "families"],
  "sharp": ["images", "report"],
  "@observablehq/plot": ["report"],
  "happy-dom": ["report"],
  "cli-progress": ["report"],
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
const experiments = await sourcesIn("experiments/");
const everything = [...library, ...experiments, ...await sourcesIn("tests/")];

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

/** The paths from the root of the files that a file imports, for their types too. */
function localImports(source: Source): string[] {
  return importsOf(source).filter(({ from }) => from.startsWith("."))
    .map(({ from }) => resolved(source.path, from));
}

Deno.test("every folder of lib is a layer, and every file directly in it is at the bottom", () => {
  const known = [...Object.keys(layers), ...bottom, ...doors.map((path) => path.slice(4))];
  assertEquals(
    library.map(({ path }) => path).filter((path) => !known.includes(layerOf(path))),
    [],
  );
});

Deno.test("a layer's list names only layers above it", () => {
  const names = Object.keys(layers);
  const wrong = Object.entries(layers).flatMap(([layer, allowed]) =>
    allowed.filter((name) => !names.slice(0, names.indexOf(layer)).includes(name))
      .map((name) => `${layer} may import ${name}`)
  );
  assertEquals(wrong, []);
});

Deno.test("layers import only those below them", () => {
  const wrong = library.filter(({ path }) => !doors.includes(path)).flatMap((source) => {
    const own = layerOf(source.path);
    const allowed = [...layers[own] ?? [], ...bottom, own];
    return localImports(source)
      .filter((path) => !path.startsWith("lib/") || !allowed.includes(layerOf(path)))
      .map((path) => `${source.path} imports ${path}`);
  });
  assertEquals(wrong, []);
});

Deno.test("nothing outside of families names a family", () => {
  const named = /^lib\/families\/(?!encoders\/)\w+\//;
  const wrong = library.filter(({ path }) =>
    !path.startsWith("lib/families/") && !doors.includes(path)
  )
    .flatMap((source) =>
      localImports(source).filter((path) => named.test(path))
        .map((path) => `${source.path} imports ${path}`)
    );
  const across = library.filter(({ path }) => named.test(path)).flatMap((source) =>
    localImports(source)
      .filter((path) => named.test(path) && path.split("/")[2] !== source.path.split("/")[2])
      .map((path) => `${source.path} imports ${path}`)
  );
  assertEquals([...wrong, ...across], []);
});

Deno.test("experiments import lib, and each other one way", () => {
  const room = (path: string) => path.split("/").slice(1, -1).join("/");
  const wrong = experiments.flatMap((source) => {
    const own = room(source.path);
    return localImports(source).filter((path) => !path.startsWith("lib/"))
      .filter((path) => path !== "deno.json") // versions, as data
      .filter((path) => {
        const other = path.startsWith("experiments/") ? room(path) : undefined;
        return other === undefined || (other !== own && !rooms[own]?.includes(other));
      })
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
    localImports(source),
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

Deno.test("the doors are the only barrels", () => {
  const barrels = everything.filter(({ text }) =>
    /^export (\*|(type )?\{[^}]*\} from)/m.test(text)
  );
  assertEquals(barrels.map(({ path }) => path).filter((path) => !doors.includes(path)), []);
});

Deno.test("lib has files of 300 lines at most", () => {
  const long = library.map(({ path, text }) => [path, text.trimEnd().split("\n").length] as const)
    .filter(([, lines]) => lines > 300);
  assertEquals(long, []);
});

Deno.test("files and folders have names in snake_case that say what is in them", () => {
  const odd = everything.map(({ path }) => path)
    .filter((path) => !/^([a-z][a-z0-9_]*\/)+[a-z][a-z0-9_]*\.ts$/.test(path));
  const vague = everything.map(({ path }) => path).filter((path) => !doors.includes(path))
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

Deno.test("lib prints nothing, ends no process and names no command", () => {
  const wrong = library.filter(({ text }) => /\bconsole\.|\.exit\(|deno task/.test(text));
  assertEquals(wrong.map(({ path }) => path), []);
});
