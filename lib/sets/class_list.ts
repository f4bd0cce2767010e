import type { ClassKey, Colour } from "../images/image.ts";
import { excerpt } from "../words.ts";

/** The classes of a data set by their index: names and display colours. */
export type ClassList = readonly (readonly [name: string, colour: Colour])[];

/** Names and colours apart, as a data set has them. */
export function classKeyOf(list: ClassList): ClassKey {
  return { classes: list.map(([name]) => name), palette: list.map(([, colour]) => colour) };
}

/**
 * How a list of classes differs from another, in words; null where names and order are the same.
 * Spaces around a name are none of it: in published checkpoints of ADE20K a class is "bed ". Nor is how
 * Unicode spells a letter.
 */
export function classDifference(
  needed: readonly string[],
  got: readonly string[],
): string | null {
  const [ours, theirs] = [needed, got].map((names) => names.map((name) => name.trim().normalize()));
  if (ours!.length === theirs!.length && ours!.every((name, i) => name === theirs![i])) return null;
  const listed = (what: string, names: readonly string[]) =>
    names.length > 0 ? [`${what} ${shortened(names)}`] : [];
  const differences = [
    ...listed("without", ours!.filter((name) => !theirs!.includes(name))),
    ...listed("with", theirs!.filter((name) => !ours!.includes(name))),
  ];
  return differences.join(" and ") || `in another order (${shortened(theirs!)})`;
}

/** Refuses a data set whose classes are not a model's, in their order. */
export function requireSameClasses(
  needed: readonly string[],
  { name, classes }: { readonly name: string; readonly classes: readonly string[] },
  doing: string,
): void {
  const difference = classDifference(needed, classes);
  if (difference === null) return;
  throw new RangeError(
    `${doing} on ${name}: the model's classes in their order needed (${
      needed.join(", ")
    }), got a ` +
      `list ${difference}`,
  );
}

const SHOWN = 8;

function shortened(names: readonly string[]): string {
  return names.slice(0, SHOWN).map((name) => excerpt(name)).join(", ") +
    (names.length > SHOWN ? ` and ${names.length - SHOWN} others` : "");
}
