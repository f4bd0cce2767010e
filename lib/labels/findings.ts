import { basename } from "node:path";
import { type Fault, faultText } from "../data/fault.ts";
import { showKey } from "../data/label_table.ts";
import { commonEnding } from "../data/mask_endings.ts";
import type { Pair, UnpairedError } from "../data/pairs.ts";
import { counted } from "../words.ts";
import { oddKeys } from "./description.ts";
import type { Inspection, Verdict } from "./inspect.ts";
import { mistakesIn } from "./mistakes.ts";
import { type Finding, kinds, type ProblemKind, together } from "./problem.ts";

/** Everything to say about a data set: mistakes of it as a whole first, then those of single masks. */
export function findingsOf(inspection: Inspection): Finding[] {
  const mistakes = mistakesIn(inspection);
  const { source, verdicts } = inspection;
  const binary = verdicts.filter(({ problems }) => problems.some(({ kind }) => kind === "binary"));
  const all = binary.length > 0 && binary.length === source.pairs.length;
  return [
    ...faultFindings(source.faults ?? [], source.reading?.faulty === "skip"),
    ...mistakes,
    ...findingsOfMasks(verdicts, all ? ["binary"] : []),
    ...odd(inspection),
    ...absent(inspection),
  ];
}

/** The finding that names what has no partner, and guesses why. */
export function unpaired({ advice: reason, images, masks }: UnpairedError): Finding {
  const ending = commonEnding(images, masks);
  const lines = [
    ...images.map((name) => `image without mask: ${name}`),
    ...masks.map((name) => `mask without image: ${name}`),
  ];
  const advice = ending === undefined
    ? reason
    : `masks are named like their images with "${ending}" at the end: rename them to the same names`;
  const title = `images without mask: ${images.length}, masks without image: ${masks.length}`;
  return { severity: "error", title, advice, lines };
}

/** One finding for each kind of error or warning of single masks, but those kinds. */
function findingsOfMasks(verdicts: readonly Verdict[], but: readonly ProblemKind[]): Finding[] {
  return (Object.keys(kinds) as ProblemKind[]).flatMap((kind) => {
    const { severity, title, advice } = kinds[kind];
    if (severity === "note" || but.includes(kind)) return [];
    const found = verdicts.flatMap(({ pair, problems }) =>
      problems.filter((problem) => problem.kind === kind)
        .map(({ text, remedy }) => ({
          line: kind === "unreadable" ? text : `${maskOf(pair)}: ${text}`,
          remedy,
        }))
    );
    if (found.length === 0) return [];
    const remedy = together(found.map(({ remedy }) => remedy));
    const lines = found.map(({ line }) => line);
    return [{ severity, title, advice, lines, ...remedy && { remedy } }];
  });
}

/** How a pair's mask is called: where it is drawn of a file of annotations, by its image. */
export function maskOf({ image, labels, drawn }: Pair): string {
  return drawn ? `${image} (${basename(labels)})` : labels;
}

/** Annotations that cannot be drawn, an error unless the user has them skipped, and odd ones. */
export function faultFindings(faults: readonly Fault[], skipped: boolean): Finding[] {
  const linesOf = (severity: Fault["severity"]) =>
    faults.filter((fault) => fault.severity === severity).map(faultText);
  const errors: Finding = {
    severity: skipped ? "warning" : "error",
    title: `annotations that cannot be drawn${skipped ? " are left out" : ""}`,
    advice: skipped
      ? "what they are of counts as unlabelled"
      : "correct them, or have them left out",
    lines: linesOf("error"),
    ...!skipped && { remedy: { kind: "faulty" } },
  };
  const odd: Finding = {
    severity: "warning",
    title: "annotations that are drawn in part, or not as they look",
    advice:
      "look at them; what lies out of the image is cut off, and what an outline encloses twice " +
      "is outside of it",
    lines: linesOf("warning"),
  };
  return [errors, odd].filter(({ lines }) => lines.length > 0);
}

/** Names the mask of each odd value where nobody has said yet what values mean. */
function odd({ source, histograms }: Inspection): Finding[] {
  if (source.tableFor) return [];
  const lines = histograms.flatMap(({ channels, sound }) =>
    oddKeys(sound).map((key) => {
      const pixels = counted(sound.values.get(key)!.pixels, "pixel");
      return `${sound.holders?.get(key)}: ${showKey(key, channels)} in ${pixels}`;
    })
  );
  if (lines.length === 0) return [];
  return [{
    severity: "warning",
    title: "values that a single mask holds, in few pixels",
    advice: "where they are mistakes, correct the masks, and take such a class out of the " +
      "description; where they are a rare class, describe it",
    lines,
  }];
}

function absent({ source, classes, pixels }: Inspection): Finding[] {
  const names = source.classes.filter((_, index) => classes[index]!.pixels === 0);
  if (!source.tableFor || pixels === 0 || names.length === 0) return [];
  return [{
    severity: "note",
    title: `${names.length} of ${source.classes.length} classes never ` +
      (names.length === 1 ? "occurs" : "occur"),
    advice: "they cannot be learned or measured here; that is no harm where it is meant",
    lines: [names.join(", ")],
  }];
}

/** The `most` pairs that ask most for a look, with all their reasons, the worst first. */
export function suspects({ verdicts }: Inspection, most: number): readonly Verdict[] {
  const weight = ({ problems }: Verdict) => problems.reduce((sum, one) => sum + one.weight, 0);
  return verdicts.toSorted((a, b) => weight(b) - weight(a)).slice(0, most);
}
