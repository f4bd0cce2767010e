import { withRemedy } from "../remedy.ts";
import { excerpt } from "../words.ts";
import type { DiskSource } from "./dataset.ts";
import { faultText } from "./fault.ts";

/** A data set that is refused because annotations cannot be drawn; `source` is the rest of it. */
export class FaultyError extends RangeError {
  constructor(readonly source: DiskSource, message: string) {
    super(message);
  }
}

const MOST = 5;

/** Refuses a source with annotations that cannot be drawn, unless its reading says to skip them. */
export function requireSound(source: DiskSource): void {
  if (source.reading?.faulty === "skip") return;
  const errors = (source.faults ?? []).filter(({ severity }) => severity === "error");
  if (errors.length === 0) return;
  const lines = errors.slice(0, MOST).map((fault) => `\n    ${faultText(fault)}`);
  const more = errors.length > MOST ? `\n    … ${errors.length - MOST} more` : "";
  const error = new FaultyError(
    source,
    `Cannot use ${
      excerpt(source.name)
    }: needs annotations that can be drawn, got ${errors.length} ` +
      `that cannot:${lines.join("")}${more}\ncorrect them, or have them left out`,
  );
  throw withRemedy(error, { kind: "faulty" });
}
