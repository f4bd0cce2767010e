import { printable } from "../../lib/words.ts";

let isQuiet = false;

/** From here on nothing but errors is printed: another process speaks for this one. */
export function quiet(): void {
  isQuiet = true;
}

/** Whether it is so. */
export function isSilent(): boolean {
  return isQuiet;
}

/** Prints lines on standard output; names of strangers in them cannot command the terminal. */
export function print(text: string): void {
  if (!isQuiet) console.log(printable(text));
}

/** Prints lines on standard error, as `print` does. */
export function printError(text: string): void {
  console.error(printable(text));
}
