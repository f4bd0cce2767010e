import { assert, assertEquals } from "@std/assert";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type NDArray, sizeOf } from "../lib/array.ts";
import { readStoredTensors } from "../lib/checkpoints/safetensors.ts";
import type { StoredTensor } from "../lib/checkpoints/stored_tensor.ts";

/** The repository's own set, and the one that is tested: its own too, or SEGLAB_GOLDEN. */
const own = new URL("./golden", import.meta.url).pathname;
const chosen = chosenFolder(Deno.env.get("SEGLAB_GOLDEN"));

function chosenFolder(path: string | undefined): string {
  if (!path) return own;
  const folder = resolve(path);
  if (existsSync(folder) && statSync(folder).isDirectory()) return folder;
  throw new RangeError(`Cannot test golden numbers: SEGLAB_GOLDEN needs a folder, got ${path}`);
}

/** What the tested set has or lacks: a file, or something in it. */
export interface Part {
  readonly lacking: boolean;
}

/** A part with a name, such as a file of a folder or an operation of ops.safetensors. */
export interface Case extends Part {
  readonly name: string;
}

/** A test that is skipped, and counted as ignored, when the tested set lacks what it needs. */
export function goldenTest(
  name: string,
  needs: Part | readonly Part[],
  fn: () => void | Promise<void>,
): void {
  Deno.test({ name, ignore: [needs].flat().some(({ lacking }) => lacking), fn });
}

/** A file or folder of the tested set by its path there; of our own set where that one lacks it. */
export function goldenFile(name: string): Part & { readonly path: string } {
  const path = join(chosen, name);
  const lacking = !existsSync(path);
  return { lacking, path: lacking ? ownPath(name) : path };
}

/** What is in a folder of the tested set and, lacking there, in that folder of our own set. */
export function goldenFolder(folder: string): readonly Case[] {
  const list = (set: string) => existsSync(join(set, folder)) ? readdirSync(join(set, folder)) : [];
  return cases(list(chosen), list(own));
}

/** Files whose names are, or begin with, a word: "setr" for setr_naive … , "next/dinov2" in a folder. */
export async function goldenFamily(path: string): Promise<readonly Golden[]> {
  const names = goldenFolder(dirname(path)).map(({ name }) => join(dirname(path), name))
    .map((name) => name.match(/^(.*)\.safetensors$/)?.[1] ?? "")
    .filter((name) => name === path || name.startsWith(`${path}_`));
  assert(names.length > 0, `no file of tests/golden begins with ${path}`);
  return await Promise.all(names.map(golden));
}

/** A file of tests/golden, whichever set is tested: for tests that need a checkpoint of known size. */
export function ownPath(name: string): string {
  return join(own, name);
}

/** Loads tests/golden/NAME.safetensors, whichever set is tested. */
export async function ownGolden(name: string): Promise<Golden> {
  return await load(own, name);
}

/**
 * Loads NAME.safetensors of the tested set (see tests/golden/README.md). Where the set lacks it, our
 * own set's is loaded, so that its tests can be listed, and is `lacking`, so that none of them runs.
 */
export async function golden(file: string): Promise<Golden> {
  const name = file.replace(/\.safetensors$/, ""); // as metadata call other files
  const { lacking } = goldenFile(`${name}.safetensors`);
  if (!lacking && !existsSync(ownPath(`${name}.safetensors`))) return await load(chosen, name);
  const ours = await ownGolden(name);
  return lacking
    ? new Golden(name, ours.tensors, ours.config, true)
    : await load(chosen, name, ours);
}

async function load(set: string, name: string, ours?: Golden): Promise<Golden> {
  const { tensors, metadata } = await readStoredTensors(join(set, `${name}.safetensors`));
  return new Golden(name, tensors, JSON.parse(metadata.config ?? "{}"), false, ours);
}

/** The names of the tested set, then those that only our own has. */
function cases(names: readonly string[], expected: readonly string[]): readonly Case[] {
  const missing = expected.filter((name) => !names.includes(name));
  return [
    ...names.map((name) => ({ name, lacking: false })),
    ...missing.map((name) => ({ name, lacking: true })),
  ];
}

/** Reference inputs, outputs, weights and gradients by name. */
export class Golden implements Part {
  constructor(
    readonly file: string,
    readonly tensors: ReadonlyMap<string, StoredTensor>,
    /** The configuration that the reference ran with, as the file's metadata has it. */
    // deno-lint-ignore no-explicit-any
    readonly config: any,
    readonly lacking = false,
    /** The file of this name in our own set, where that is another. */
    readonly own?: Golden,
  ) {}

  /** What `list` finds in this file, and what it finds only in that of our own set. */
  cases(list: (file: Golden) => Iterable<string>): readonly Case[] {
    const own = [...list(this.own ?? this)];
    return this.lacking
      ? own.map((name) => ({ name, lacking: true }))
      : cases([...list(this)], own);
  }

  /** Whether the file has tensors whose names begin so. */
  part(prefix: string): Part {
    return { lacking: this.lacking || this.names(prefix).length === 0 };
  }

  /** Names that start with the prefix, without it: `names("out/")` gives `logits_eval`, … */
  names(prefix: string): string[] {
    return [...this.tensors.keys()]
      .filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  }

  /** What stands between the prefix and the next "/", each once: `heads("out/")` of ops gives relu, … */
  heads(prefix: string): string[] {
    return [...new Set(this.names(prefix).map((name) => name.split("/")[0]!))];
  }

  /** The endings of input sizes: "", "2" and "3" where there are in/images, in2/images, in3/images. */
  sizes(): string[] {
    return this.names("in").map((name) => name.match(/^(\d*)\/images$/)?.[1])
      .filter((size) => size !== undefined);
  }

  stored(name: string): StoredTensor {
    const tensor = this.tensors.get(name);
    assert(tensor, `Cannot find "${name}" in ${this.file}`);
    return tensor;
  }

  /** A tensor as float32. */
  tensor(name: string): NDArray {
    const stored = this.stored(name);
    return { shape: stored.shape, data: stored.toFloat32() };
  }

  /** A tensor's exact numbers (F64, I64 and all smaller types). */
  numbers(name: string): Float64Array {
    return this.stored(name).toNumbers();
  }

  /** A label map's bytes; the shape is `stored(name).shape`. */
  labels(name = "in/labels"): Uint8Array {
    return Uint8Array.from(this.numbers(name));
  }

  /** Parameters and buffers by the reference's names: the stored and the generated ones. */
  weights(): Map<string, NDArray> {
    const weights = new Map<string, NDArray>();
    for (const name of this.names("w/")) weights.set(name, this.tensor(`w/${name}`));
    for (const name of this.names("wgen/")) {
      const [seed, k, ...shape] = this.numbers(`wgen/${name}`);
      weights.set(name, { shape, data: generate(seed!, sizeOf(shape), k!) });
    }
    return weights;
  }
}

/** Element i is a signed 24-bit hash of i and the seed times 2^-k: exact in float32. */
export function generate(seed: number, n: number, k: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: n }, (_, i) => {
    let x = (Math.imul(i, 0x9e3779b1) + seed) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return ((x ^ (x >>> 16)) >> 8) * 2 ** -k;
  });
}

/** Equal shapes, and no value further than 2e-5 of the reference's largest from the reference. */
export function assertOutput(actual: NDArray, reference: NDArray, name = "output"): void {
  assertEquals([...actual.shape], [...reference.shape], `${name} has shape [${actual.shape}]`);
  assertWithin(actual.data, reference.data, 2e-5 * largest(reference.data), name);
}

/**
 * Every gradient that the file holds for this prefix ("g", "g2" …: the input sizes) has its
 * counterpart: values within 3e-4 of the tensor's largest plus 5e-6 of the file's largest. Of large
 * tensors the file holds samples `gs/NAME` at every `gsk/NAME`[0]-th element, and three sums.
 */
export function assertGradients(
  file: Golden,
  actual: ReadonlyMap<string, NDArray>,
  prefix = "g",
): void {
  const floor = 5e-6 * largestGradient(file);
  const full = file.names(`${prefix}/`);
  const sampled = file.names(`${prefix}s/`);
  assert(full.length + sampled.length > 0, `${file.file} has no gradients ${prefix}/`);
  for (const name of full) {
    const reference = file.tensor(`${prefix}/${name}`);
    const own = gradientOf(actual, name);
    assertEquals([...own.shape], [...reference.shape], `gradient of ${name} has another shape`);
    assertWithin(own.data, reference.data, 3e-4 * largest(reference.data) + floor, name);
  }
  for (const name of sampled) assertSampled(file, gradientOf(actual, name), prefix, name, floor);
}

function assertSampled(file: Golden, own: NDArray, prefix: string, name: string, floor: number) {
  const samples = file.tensor(`${prefix}s/${name}`).data;
  const [step, n] = file.numbers(`${prefix}sk/${name}`) as unknown as [number, number];
  assertEquals(own.data.length, n, `gradient of ${name} has another size`);
  const ownSamples = samples.map((_, i) => own.data[i * step]!);
  assertWithin(ownSamples, samples, 3e-4 * largest(samples) + floor, name);

  const [sum, absolute, dot] = file.numbers(`gsum/${prefix}/${name}`);
  const weights = generate(12345, n, 23);
  const ownSum = own.data.reduce((total, value) => total + value, 0);
  const ownAbsolute = own.data.reduce((total, value) => total + Math.abs(value), 0);
  const ownDot = own.data.reduce((total, value, i) => total + value * weights[i]!, 0);
  // Errors of single elements do not add up in step: their sum grows with the root of their number.
  const tolerance = 3e-4 * absolute! + floor * Math.sqrt(n);
  assertWithin(
    [ownSum, ownAbsolute, ownDot],
    [sum!, absolute!, dot!],
    tolerance,
    `sums of ${name}`,
  );
}

function gradientOf(actual: ReadonlyMap<string, NDArray>, name: string): NDArray {
  const gradient = actual.get(name);
  assert(gradient, `the gradient of ${name} is missing`);
  return gradient;
}

function largestGradient(file: Golden): number {
  const names = [...file.tensors.keys()].filter((name) => /^g\d*s?\//.test(name));
  return Math.max(...names.map((name) => largest(file.tensor(name).data)));
}

function largest(values: ArrayLike<number>): number {
  let result = 0;
  for (let i = 0; i < values.length; i++) result = Math.max(result, Math.abs(values[i]!));
  return result;
}

/** Fails and names the worst element if one is further than the tolerance from its reference. */
export function assertWithin(
  actual: ArrayLike<number>,
  reference: ArrayLike<number>,
  tolerance: number,
  name: string,
): void {
  assertEquals(actual.length, reference.length, `${name} has another size`);
  let worst = 0;
  let difference = -1;
  for (let i = 0; i < reference.length; i++) {
    const d = Math.abs(actual[i]! - reference[i]!);
    if (d <= difference) continue;
    worst = i;
    difference = d;
    if (Number.isNaN(d)) break;
  }
  assert(
    reference.length === 0 || difference <= tolerance,
    `${name}: element ${worst} is ${actual[worst]}, the reference has ${reference[worst]}, ` +
      `tolerance ${tolerance} (largest of the reference: ${largest(reference)})`,
  );
}
