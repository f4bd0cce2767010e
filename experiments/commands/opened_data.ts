import type { Dataset } from "../../lib/data/dataset.ts";
import { print } from "./print.ts";

/** Says on one line what kind of files were found, where nobody has said it. */
export function printFormat({ name, source }: Dataset): void {
  if (source?.format) print(`${name} is ${source.format}`);
}
