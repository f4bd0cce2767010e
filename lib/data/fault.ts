import { excerpt } from "../words.ts";

/** Characters of a fault; what a file calls its entries is a stranger's. */
const MOST = 400;

/** Something that is wrong with an entry of a file of annotations. */
export interface Fault {
  /** The file of annotations. */
  readonly file: string;
  /** Where in it: "annotation 17 of a.jpg". */
  readonly entry: string;
  /** What is wrong, in words. */
  readonly text: string;
  /** Of an error nothing can be drawn; what a warning is about is drawn as it is. */
  readonly severity: "error" | "warning";
}

/** A fault on one line. */
export function faultText({ file, entry, text }: Fault): string {
  return excerpt(`${file}, ${entry}: ${text}`, MOST);
}
