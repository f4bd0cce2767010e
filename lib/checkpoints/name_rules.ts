import { type NDArray, sizeOf } from "../array.ts";

/**
 * One correspondence between names in a published checkpoint and Seglab's. In a name `{i}` stands
 * for a number, `{i+1}` for that number plus one, `{p}` for weight or bias, and `{bn}` for one of
 * batch norm's four tensors.
 */
export interface NameRule {
  readonly published: readonly string[];
  readonly seglab: readonly string[];
  /** The tensors of the published names, in their order, as those of Seglab's; rows by default. */
  readonly toSeglab?: (tensors: readonly NDArray[]) => readonly NDArray[];
  readonly toPublished?: (tensors: readonly NDArray[]) => readonly NDArray[];
}

/** How a kind of checkpoint names its tensors. */
export interface NameMap {
  readonly rules: readonly NameRule[];
  /** Names that such checkpoints hold and no network uses. */
  readonly unused: readonly string[];
}

/** Tensors under other names, and the names that no rule takes or that lack their other part. */
export interface Renamed {
  readonly tensors: Map<string, NDArray>;
  readonly unused: readonly string[];
}

/** A tensor whose name is Seglab's. */
export function same(name: string): NameRule {
  return { published: [name], seglab: [name] };
}

/** A tensor with another name and the same values. */
export function renamed(published: string, seglab: string): NameRule {
  return { published: [published], seglab: [seglab] };
}

/** Tensors under Seglab's names by those of a published checkpoint. */
export function toSeglab(map: NameMap, tensors: ReadonlyMap<string, NDArray>): Renamed {
  return convert(
    tensors,
    map.rules.map(({ published, seglab, toSeglab }) => ({
      from: published.map(compile),
      to: seglab.map(compile),
      convert: toSeglab ?? sameRows(seglab.length),
    })),
  );
}

/** Tensors under a published checkpoint's names by Seglab's. */
export function toPublished(map: NameMap, tensors: ReadonlyMap<string, NDArray>): Renamed {
  return convert(
    tensors,
    map.rules.map(({ published, seglab, toPublished }) => ({
      from: seglab.map(compile),
      to: published.map(compile),
      convert: toPublished ?? sameRows(published.length),
    })),
  );
}

/** Whether a published checkpoint of this kind can hold each of the names. */
export function recogniser({ rules, unused }: NameMap): (name: string) => boolean {
  const patterns = [...rules.flatMap(({ published }) => published), ...unused].map(compile);
  return (name) => patterns.some(({ match }) => match(name) !== undefined);
}

/** Tensors stacked along their first axis, then cut into as many equal parts as asked. */
function sameRows(parts: number): (tensors: readonly NDArray[]) => readonly NDArray[] {
  return (tensors) => splitRows(stackRows(tensors), Array(parts).fill(1));
}

/** Tensors [rows, ...rest] of one rest as one. */
export function stackRows(tensors: readonly NDArray[]): NDArray {
  const [first] = tensors;
  if (!first) throw new RangeError("Cannot stack tensors: at least one needed, got none");
  if (tensors.length === 1) return first;
  const rest = first.shape.slice(1);
  const odd = tensors.find(({ shape }) => shape.length === 0 || `${shape.slice(1)}` !== `${rest}`);
  if (odd) {
    throw new RangeError(
      `Cannot stack tensors: equal shapes but for the rows needed, got ` +
        `[${first.shape}] and [${odd.shape}]`,
    );
  }
  const rows = tensors.reduce((sum, { shape }) => sum + shape[0]!, 0);
  const data = new Float32Array(rows * sizeOf(rest));
  let offset = 0;
  for (const tensor of tensors) {
    data.set(tensor.data, offset);
    offset += tensor.data.length;
  }
  return { shape: [rows, ...rest], data };
}

/** A tensor [rows, ...] as consecutive parts of its rows in the proportion of `shares`. */
export function splitRows(tensor: NDArray, shares: readonly number[]): readonly NDArray[] {
  if (shares.length === 1) return [tensor];
  const [rows = 0, ...rest] = tensor.shape;
  const unit = rows / shares.reduce((sum, share) => sum + share, 0);
  if (!Number.isInteger(unit)) {
    throw new RangeError(`Cannot split [${tensor.shape}]: rows ${shares.join(":")} needed`);
  }
  let row = 0;
  return shares.map((share) => {
    const start = row;
    row += share * unit;
    const width = sizeOf(rest);
    const data = tensor.data.subarray(start * width, row * width);
    return { shape: [share * unit, ...rest], data };
  });
}

/** The values of a name's placeholders. */
type Variables = Readonly<Record<string, string>>;

interface Template {
  match(name: string): Variables | undefined;
  write(variables: Variables): string;
}

const WORDS: Readonly<Record<string, string>> = {
  p: "weight|bias",
  bn: "weight|bias|running_mean|running_var",
};

const PLACEHOLDER = /\{(\w+?)(?:\+(\d+))?\}/g;

function compile(template: string): Template {
  const shifts: Record<string, number> = {};
  const pattern = template.replaceAll(".", "\\.").replaceAll(PLACEHOLDER, (_, key, shift) => {
    shifts[key] = Number(shift ?? 0);
    return `(?<${key}>${WORDS[key] ?? "0|[1-9]\\d*"})`;
  });
  const whole = new RegExp(`^${pattern}$`);
  const shifted = (key: string, value: string, by: number) =>
    WORDS[key] ? value : `${Number(value) + by}`;
  return {
    match: (name) => {
      const found = whole.exec(name);
      if (!found) return undefined;
      const groups = Object.entries(found.groups ?? {});
      return Object.fromEntries(groups.map(([key, v]) => [key, shifted(key, v, -shifts[key]!)]));
    },
    write: (variables) =>
      template.replaceAll(
        PLACEHOLDER,
        (_, key, shift) => shifted(key, variables[key]!, Number(shift ?? 0)),
      ),
  };
}

interface Conversion {
  readonly from: readonly Template[];
  readonly to: readonly Template[];
  readonly convert: (tensors: readonly NDArray[]) => readonly NDArray[];
}

function convert(
  tensors: ReadonlyMap<string, NDArray>,
  conversions: readonly Conversion[],
): Renamed {
  const groups = new Map<string, Group>();
  const unused: string[] = [];
  for (const name of tensors.keys()) {
    if (!collect(groups, conversions, name)) unused.push(name);
  }
  const result = new Map<string, NDArray>();
  for (const { conversion: { from, to, convert }, variables, names } of groups.values()) {
    const present = names.filter((name) => name !== undefined);
    if (present.length < from.length) unused.push(...present);
    else {
      const converted = convert(names.map((name) => tensors.get(name!)!));
      to.forEach((template, i) => result.set(template.write(variables), converted[i]!));
    }
  }
  return { tensors: result, unused };
}

/** The names that one use of a conversion has found of those it needs. */
interface Group {
  readonly conversion: Conversion;
  readonly variables: Variables;
  readonly names: (string | undefined)[];
}

/** Adds a name to the group it is a part of; false where no conversion takes it. */
function collect(
  groups: Map<string, Group>,
  conversions: readonly Conversion[],
  name: string,
): boolean {
  for (const [index, conversion] of conversions.entries()) {
    for (const [place, template] of conversion.from.entries()) {
      const variables = template.match(name);
      if (!variables) continue;
      const key = `${index} ${JSON.stringify(Object.entries(variables).sort())}`;
      const group = groups.get(key) ??
        { conversion, variables, names: Array(conversion.from.length).fill(undefined) };
      group.names[place] = name;
      groups.set(key, group);
      return true;
    }
  }
  return false;
}
