import type { Colour } from "../data/dataset.ts";

/** The classes of a data set by their index: names and display colours. */
export type ClassList = readonly (readonly [name: string, colour: Colour])[];
