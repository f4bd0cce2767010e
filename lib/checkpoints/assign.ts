import type { NDArray } from "../array.ts";

/** A parameter whose tensor in the checkpoint has another shape. */
export interface Misshapen {
  /** The parameter's name. */
  readonly name: string;
  /** The parameter's shape. */
  readonly needed: readonly number[];
  /** The tensor's shape. */
  readonly found: readonly number[];
}

/** What became of a model's parameters and a checkpoint's tensors; every name is in one list. */
export interface LoadReport {
  /** Parameters that the checkpoint gave a value. */
  readonly loaded: readonly string[];
  /** Parameters that the checkpoint does not have. */
  readonly missing: readonly string[];
  /** The checkpoint's tensors that the model has no parameter for. */
  readonly unused: readonly string[];
  /** Parameters whose tensors have another shape. */
  readonly misshapen: readonly Misshapen[];
}

/** Matches a checkpoint's tensors with a model's parameters (name to shape) by name and shape. */
export function assign(
  tensors: ReadonlyMap<string, NDArray>,
  parameters: ReadonlyMap<string, readonly number[]>,
): { values: Map<string, NDArray>; report: LoadReport } {
  const values = new Map<string, NDArray>();
  const missing: string[] = [];
  const misshapen: Misshapen[] = [];
  for (const [name, needed] of parameters) {
    const tensor = tensors.get(name);
    if (!tensor) missing.push(name);
    else if (`${tensor.shape}` !== `${needed}`) {
      misshapen.push({ name, needed, found: tensor.shape });
    } else values.set(name, tensor);
  }
  const unused = [...tensors.keys()].filter((name) => !parameters.has(name));
  return { values, report: { loaded: [...values.keys()], missing, unused, misshapen } };
}

/** The report as text: the counts, then the names, `blocks.{0..11}.norm1.bias` on one line. */
export function formatReport(report: LoadReport): string {
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ["loaded", report.loaded],
    ["missing", report.missing],
    ["unused", report.unused],
    ["misshapen", report.misshapen.map(describe)],
  ];
  const counts = lists.map(([title, names]) => `${names.length} ${title}`).join(", ");
  const sections = lists.filter(([, names]) => names.length > 0).map(([title, names]) =>
    [`${title}:`, ...collapse(names).map((name) => `  ${name}`)].join("\n")
  );
  return [counts, ...sections].join("\n");
}

function describe({ name, needed, found }: Misshapen): string {
  return `${name} (needs [${needed.join(", ")}], got [${found.join(", ")}])`;
}

/** What is looked at of a list: names of networks are fewer, and have at most ten parts. */
const MAX_NAMES = 10_000;
const MAX_PARTS = 20;

/** Names that differ in one number between dots become one, for each such place from the right. */
function collapse(names: readonly string[]): string[] {
  let all = names.slice(0, MAX_NAMES).map((name) => {
    const parts = name.split(".");
    return parts.length > MAX_PARTS ? [name] : parts;
  });
  const places = Math.max(...all.map((parts) => parts.length));
  for (let place = places - 1; place >= 0; place--) all = collapseAt(all, place);
  const lines = all.map((parts) => parts.join("."));
  return names.length > MAX_NAMES ? [...lines, `… and ${names.length - MAX_NAMES} more`] : lines;
}

function collapseAt(names: readonly string[][], place: number): string[][] {
  // A name without a number there is a group of its own.
  const groups = new Map<string | readonly string[], { parts: string[]; numbers: number[] }>();
  for (const parts of names) {
    const isNumber = /^\d+$/.test(parts[place] ?? "");
    const key = isNumber ? parts.with(place, "*").join(".") : parts;
    const group = groups.get(key) ?? { parts, numbers: [] };
    if (isNumber) group.numbers.push(Number(parts[place]));
    groups.set(key, group);
  }
  return [...groups.values()].map(({ parts, numbers }) =>
    numbers.length > 1 ? parts.with(place, `{${ranges(numbers)}}`) : parts
  );
}

/** 0, 1, 2, 5 as "0..2,5". */
function ranges(numbers: readonly number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b);
  const runs: [number, number][] = [];
  for (const number of sorted) {
    const last = runs.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => first === last ? first : `${first}..${last}`).join(",");
}
