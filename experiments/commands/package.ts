/** `deno task package`: builds the library as a package for npm, which Node 22 and newer run. */
import type { Command } from "commander";
import * as esbuild from "esbuild";
import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import ts from "typescript";
import manifest from "../../deno.json" with { type: "json" };
import { writeAtomically } from "../../lib/files.ts";
import { byteSize } from "../../lib/words.ts";
import { forBrowsers } from "../site/for_browsers.ts";
import { main, newCommand } from "./command.ts";
import { repository, userPath } from "./paths.ts";

/** The command; its help says the defaults. */
export function packageCommand(): Command {
  return newCommand("package")
    .description(
      "Builds the npm package: JavaScript, type declarations, package.json, README and licence. " +
        "`npm pack FOLDER` makes the tarball of it, `npm publish FOLDER` publishes it.",
    )
    .option("--out <folder>", "replaced if it is there (default: package)", userPath)
    .action(async ({ out = join(repository, "package") }: { out?: string }) => {
      await buildPackage(out);
      const web = await readFile(join(out, WEB_FILE));
      const zipped = gzipSync(web, { level: 9 }).length;
      console.log(
        `${WEB_FILE}, for browsers: ${byteSize(web.length)}, ${byteSize(zipped)} as gzip`,
      );
      console.log(out);
    });
}

/** Writes the package into a folder; what the compiler does not accept is a TypeError. */
export async function buildPackage(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const imported = compile(folder);
  await bundleForBrowsers(folder);
  const description = JSON.stringify(packageJson(imported), null, 2) + "\n";
  await writeAtomically(join(folder, "package.json"), description);
  await cp(join(repository, "lib", "README.md"), join(folder, "README.md"));
  await cp(join(repository, "LICENSE"), join(folder, "LICENSE"));
}

/** What browsers import as it is: one file, which loads ONNX Runtime from the folder onnxruntime/ beside it. */
const WEB_FILE = "web.js";
const WEB_ENTRY = "./web";
const WEB_RUNTIME = "onnxruntime-web";

/** Writes web.js into a folder; code that browsers do not run is a TypeError. */
export async function bundleForBrowsers(folder: string): Promise<void> {
  const entry = join(repository, entries[WEB_ENTRY]!);
  try {
    await esbuild.build({ ...forBrowsers, entryPoints: [entry], outfile: join(folder, WEB_FILE) });
  } catch (cause) {
    throw new TypeError(
      `Cannot build the package: code that browsers run needed, got ${(cause as Error).message}`,
      { cause },
    );
  } finally {
    await esbuild.stop();
  }
}

/** Found by its path and not imported: lib/report/picture.ts. */
const FONTS = "dejavu-fonts-ttf";

const entries: Readonly<Record<string, string>> = manifest.exports;

/**
 * What Node 22 has, so that the compiler finds what it lacks (Float16Array …): the language of 2024,
 * and what V8 12.4 brought early. `using` is compiled away.
 */
const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["es2024", "es2025.iterator", "es2025.collection", "esnext.array", "esnext.disposable"]
    .map((name) => `lib.${name}.d.ts`),
  types: ["node"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  rewriteRelativeImportExtensions: true,
  declaration: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmitOnError: true,
  rootDir: join(repository, "lib"),
};

/** Compiles what the entries need, file by file; gives the npm packages that it imports. */
function compile(outDir: string): Set<string> {
  const roots = Object.values(entries).map((file) => join(repository, file));
  const program = ts.createProgram(roots, { ...options, outDir });
  const { diagnostics } = program.emit();
  const errors = ts.sortAndDeduplicateDiagnostics([
    ...ts.getPreEmitDiagnostics(program),
    ...diagnostics,
  ]);
  if (errors.length > 0) {
    const text = ts.formatDiagnostics(errors, {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => repository,
      getNewLine: () => "\n",
    });
    throw new TypeError(`Cannot build the package: code for Node 22 needed, got\n${text}`);
  }
  const own = program.getSourceFiles().filter(({ fileName }) =>
    fileName.startsWith(options.rootDir!) && !fileName.endsWith(".d.ts")
  );
  return new Set(own.flatMap(({ text }) => packagesIn(text)));
}

/** The packages that a file imports by name, without Node's own. */
function packagesIn(text: string): string[] {
  return ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName)
    .filter((name) => !/^(\.|node:)/.test(name))
    .map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/"));
}

function packageJson(imported: ReadonlySet<string>): Record<string, unknown> {
  const built = (file: string, extension: string) =>
    file.replace("./lib/", "./").replace(/\.ts$/, extension);
  return {
    name: "seglab",
    version: manifest.version,
    description: "Transformer semantic segmentation: train, evaluate, segment, export",
    keywords: ["semantic-segmentation", "transformer", "segmenter", "segformer", "onnx"],
    license: manifest.license,
    type: "module",
    sideEffects: false,
    engines: { node: ">=22.13" },
    exports: Object.fromEntries(
      Object.entries(entries).map(([path, file]) => [
        path,
        path === WEB_ENTRY
          ? { types: built(file, ".d.ts"), node: built(file, ".js"), default: `./${WEB_FILE}` }
          : { types: built(file, ".d.ts"), default: built(file, ".js") },
      ]),
    ),
    dependencies: versionsOf([...imported, FONTS].filter((name) => name !== WEB_RUNTIME)),
    // For pages alone: it takes more room than all the others.
    peerDependencies: versionsOf([WEB_RUNTIME]),
    peerDependenciesMeta: { [WEB_RUNTIME]: { optional: true } },
  };
}

function versionsOf(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.toSorted().map((name) => [name, versionOf(name)]));
}

/** The pinned version of a package in deno.json. */
function versionOf(name: string): string {
  const pinned = (manifest.imports as Readonly<Record<string, string>>)[name];
  const version = pinned?.match(/@([^@/]+)$/)?.[1];
  if (version !== undefined) return version;
  throw new TypeError(
    `Cannot build the package: a pinned version of ${name} in deno.json needed, got ${pinned}`,
  );
}

if (import.meta.main) await main(packageCommand());
