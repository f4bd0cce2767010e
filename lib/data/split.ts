import { shuffle, stream } from "../random.ts";
import { excerpt } from "../words.ts";

/** An example that is to be given to a part. */
export interface Divisible {
  readonly name: string;
  /** The classes in it. */
  readonly present: ReadonlySet<number>;
}

/** How examples are divided. */
export interface Division {
  /** Of the random numbers. */
  readonly seed: number;
  /**
   * Examples of one group stay together, as frames of one video must: those whose names give the same
   * text of the expression's first group, or of the whole match where it has none.
   */
  readonly groupBy?: RegExp;
}

/** The indices of examples to validate on: a share of them, in ascending order. */
export function heldOutShare(
  examples: readonly Divisible[],
  share: number,
  division: Division,
): readonly number[] {
  return divide(examples, [1 - share, share], division)[1]!;
}

/** The indices of examples in as many parts of one size, each to be validated on once. */
export function folds(
  examples: readonly Divisible[],
  count: number,
  division: Division,
): readonly (readonly number[])[] {
  return divide(examples, Array(count).fill(1 / count), division);
}

interface Group {
  readonly indices: number[];
  /** How many of its examples have a class. */
  readonly counts: Map<number, number>;
}

/**
 * Divides examples so that each part has its share of the examples of each class, the rarest classes
 * first (iterative stratification: Sechidis, Tsoumakas and Vlahavas, 2011), by groups. Where a class
 * is in two groups or more, each of two parts gets one, the first part before the second.
 */
function divide(
  examples: readonly Divisible[],
  shares: readonly number[],
  { seed, groupBy }: Division,
): number[][] {
  const random = stream("split", seed);
  const left = new Set(shuffle(groupsOf(examples, groupBy), random));
  const wanted = shares.map((share) => new Map(wantedOf(left, share)));
  const room = shares.map((share) => share * examples.length);
  const parts = shares.map((): number[] => []);
  while (left.size > 0) {
    const rarest = rarestClass(left);
    const holders = [...left].filter(({ counts }) => rarest === null || counts.has(rarest))
      .sort((a, b) => b.indices.length - a.indices.length);
    for (const group of holders) {
      const need = (part: number) => rarest === null ? 0 : wanted[part]!.get(rarest)!;
      const best = shares.map((_, part) => part)
        .sort((a, b) => need(b) - need(a) || room[b]! - room[a]! || a - b)[0]!;
      parts[best]!.push(...group.indices);
      room[best]! -= group.indices.length;
      for (const [name, count] of group.counts) {
        wanted[best]!.set(name, wanted[best]!.get(name)! - count);
      }
      left.delete(group);
    }
  }
  return parts.map((part) => part.sort((a, b) => a - b));
}

function groupsOf(examples: readonly Divisible[], groupBy?: RegExp): Group[] {
  const groups = new Map<string, Group>();
  examples.forEach(({ name, present }, index) => {
    const key = groupBy ? groupKey(name, groupBy) : `${index}`;
    const group: Group = groups.get(key) ?? { indices: [], counts: new Map() };
    groups.set(key, group);
    group.indices.push(index);
    for (const one of present) group.counts.set(one, (group.counts.get(one) ?? 0) + 1);
  });
  return [...groups.values()];
}

/** The text that says an example's group. */
export function groupKey(name: string, groupBy: RegExp): string {
  const match = name.match(groupBy);
  if (match) return match[1] ?? match[0];
  throw new RangeError(
    `Cannot divide the examples: names in which ${groupBy} finds a group needed, got "${
      excerpt(name)
    }"`,
  );
}

/** How many examples of each class a part of a share wants; at least one where two groups have some. */
function wantedOf(groups: ReadonlySet<Group>, share: number): [number, number][] {
  const totals = new Map<number, { examples: number; groups: number }>();
  for (const { counts } of groups) {
    for (const [name, count] of counts) {
      const total = totals.get(name) ?? { examples: 0, groups: 0 };
      totals.set(name, { examples: total.examples + count, groups: total.groups + 1 });
    }
  }
  return [...totals].map(([name, total]) => {
    const least = total.groups > 1 ? Math.min(1, total.examples / total.groups) : 0;
    return [name, Math.max(least, share * total.examples)];
  });
}

/** The class that the fewest groups have; null where none has any. */
function rarestClass(groups: ReadonlySet<Group>): number | null {
  const counts = new Map<number, number>();
  for (const group of groups) {
    for (const name of group.counts.keys()) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => a[1] - b[1] || a[0] - b[0])[0]?.[0] ?? null;
}
