import { printable } from "../../lib/words.ts";

/** Prints lines on standard output; names of strangers in them cannot command the terminal. */
export function print(text: string): void {
  console.log(printable(text));
}

/** Prints lines on standard error, as `print` does. */
export function printError(text: string): void {
  console.error(printable(text));
}
