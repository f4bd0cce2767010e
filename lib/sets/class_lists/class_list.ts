import type { Colour } from "../../images/image.ts";

/** The classes of a data set by their index: names and display colours. */
export type ClassList = readonly (readonly [name: string, colour: Colour])[];

/** Names and colours apart, as a data set has them. */
export function namesAndColours(
  list: ClassList,
): { readonly classes: readonly string[]; readonly palette: readonly Colour[] } {
  return { classes: list.map(([name]) => name), palette: list.map(([, colour]) => colour) };
}
