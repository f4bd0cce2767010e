import { keyText } from "../data/label_table.ts";
import { IGNORE } from "../images/image.ts";
import { consoleTable } from "../report/table.ts";
import { counted } from "../words.ts";
import { maskOf } from "./findings.ts";
import type { Histogram, Inspection, Verdict } from "./inspect.ts";
import { type Finding, kinds } from "./problem.ts";

/** Rows of values that no class has, the most frequent ones. */
const MOST_OUTSIDE = 30;
const MOST_LINES = 10;
const SIGNS = { error: "✗", warning: "!", note: "·" } as const;

/** The histograms of a data set's values and the frequencies of its classes, as text. */
export function inspectionText(inspection: Inspection): string {
  const { source, histograms, pixels, ignored, outside } = inspection;
  const read = histograms.reduce((sum, { files }) => sum + files, 0);
  const head = `${source.name}: ${counted(source.pairs.length, "pair")}, ` +
    `${counted(read, "mask")} read, ` +
    `${grouped(pixels)} pixels` +
    (source.tableFor
      ? `, of which ${percent(ignored, pixels)} are ignored and ${percent(outside, pixels)} are ` +
        "outside of the classes"
      : "; what the values mean is not described");
  const tables = histograms.map((one) => histogramText(one, source.classes));
  return [head, ...tables, ...(source.tableFor ? [classText(inspection)] : [])].join("\n\n");
}

/** Findings with their advice, and the first files of each. */
export function findingsText(findings: readonly Finding[]): string {
  return findings.map(({ severity, title, advice, lines }) => {
    const shown = lines.length > MOST_LINES
      ? [...lines.slice(0, MOST_LINES), `… ${lines.length - MOST_LINES} more`]
      : lines;
    const number = lines.length > 1 ? ` (${lines.length})` : "";
    const text = [`${SIGNS[severity]} ${severity}: ${title}${number}`, ...shown, `→ ${advice}`];
    return text.join("\n    ");
  }).join("\n");
}

/** Suspicious files with what is suspicious about each; what findings say in full is short here. */
export function suspectsText(suspects: readonly Verdict[]): string {
  const rows = suspects.map(({ pair, problems }) => {
    const short = problems.map(({ kind, text }) =>
      kinds[kind].severity === "note" ? text : kinds[kind].short
    );
    return `  ${maskOf(pair)}: ${short.join("; ")}`;
  });
  return [`The most suspicious ${rows.length === 1 ? "file" : "files"}:`, ...rows].join("\n");
}

function histogramText(
  { channels, table, files, values }: Histogram,
  classes: readonly string[],
): string {
  const total = [...values.values()].reduce((sum, { pixels }) => sum + pixels, 0);
  const unknown = [...values].filter(([key]) => !table?.has(key))
    .sort(([, a], [, b]) => b.pixels - a.pixels).map(([key]) => key);
  const hidden = new Set(unknown.slice(MOST_OUTSIDE));
  const what = channels === 1 ? "value" : "colour";
  const rows = [...values].filter(([key]) => !hidden.has(key)).map(([key, count]) => ({
    [what]: keyText(key, channels),
    meaning: meaningOf(table?.get(key), classes, table !== undefined),
    masks: count.files,
    pixels: grouped(count.pixels),
    share: percent(count.pixels, total),
  }));
  const more = hidden.size > 0 ? `and ${hidden.size} rarer ${what}s\n` : "";
  const kind = channels === 1 ? "grey or palette" : "RGB";
  return `${counted(files, `${kind} mask`)}${rule(table, classes)}\n${consoleTable(rows)}${more}`
    .trimEnd();
}

/** What a table does, where it can be said in a few words. */
function rule(table: Histogram["table"], classes: readonly string[]): string {
  if (!table) return "";
  const ignored = [...table].filter(([, meaning]) => meaning === IGNORE).map(([key]) => key);
  const offset = [0, 1].find((offset) => classes.every((_, i) => table.get(i + offset) === i));
  const read = offset === 0
    ? "values are class numbers"
    : offset === 1
    ? "values are reduced by one to class numbers"
    : "values become classes by a table";
  const few = ignored.length <= 5 ? ignored.join(", ") : `${ignored.length} values`;
  return `; ${read}${ignored.length > 0 ? `, ignored: ${few}` : ""}`;
}

function meaningOf(
  meaning: number | undefined,
  classes: readonly string[],
  described: boolean,
): string {
  if (meaning === undefined) return described ? "OUTSIDE of the classes" : "?";
  return meaning === IGNORE ? "ignored" : `${meaning} ${classes[meaning]}`;
}

/** The classes that occur; a finding names the others. */
function classText({ source, classes }: Inspection): string {
  const total = classes.reduce((sum, { pixels }) => sum + pixels, 0);
  const rows = classes.map(({ files, pixels }, index) => ({
    class: `${index} ${source.classes[index]}`,
    masks: files,
    "share of the pixels that count": percent(pixels, total),
  })).filter(({ masks }) => masks > 0);
  return rows.length > 0 ? consoleTable(rows).trimEnd() : "no class occurs";
}

function grouped(count: number): string {
  return count.toLocaleString("en");
}

function percent(part: number, whole: number): string {
  const value = whole === 0 ? 0 : 100 * part / whole;
  return `${value === 0 || value >= 0.01 ? value.toFixed(2) : value.toFixed(5)} %`;
}
