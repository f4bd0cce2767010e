import * as Plot from "@observablehq/plot";
import type { Drawing } from "./picture.ts";
import { textWidth } from "./place_labels.ts";
import { colours, FONT_SIZE, renderPlot, unscaled } from "./plot.ts";

/** Pixels by label (row) and prediction (column), and the classes' names in that order. */
export interface ConfusionCounts {
  readonly classes: readonly string[];
  readonly counts: readonly (readonly number[])[];
}

interface Cell {
  readonly label: number;
  readonly prediction: number;
  /** Share of the label's pixels; NaN for a label that has none. */
  readonly share: number;
  readonly right: boolean;
}

/** Smaller shares leave their cell white: they would not be seen, and 150 classes have 22,500 cells. */
const LEAST_SHARE = 0.001;
/** Cells hold a number where there are so many classes at most. */
const WITH_NUMBERS = 20;
const LEAST_CELL = 13;
const [RIGHT, WRONG] = colours as [string, string];

/**
 * The confusion matrix of the classes that occur: what share of a label's pixels (row) was predicted
 * as which class (column); grey rows have no labels. Cells shrink with the number of classes until
 * names fit no more, then the picture grows. Colours go by the root of the share, so that small
 * mistakes are seen.
 */
export function confusionFigure(confusion: ConfusionCounts): Drawing {
  checkCounts(confusion);
  const occurring = occurringIn(confusion);
  const { classes } = occurring;
  const all = cellsOf(occurring);
  const cells = all.filter(({ share }) => share >= LEAST_SHARE);
  const unlabelled = all.filter(({ share }) => Number.isNaN(share));
  const side = Math.max(LEAST_CELL, Math.min(38, Math.floor(900 / classes.length)));
  const inner = side * classes.length;
  const names = roomFor(classes);
  const absent = confusion.classes.length - classes.length;
  const top = absent > 0 ? 114 : 96;
  const numbers = classes.length <= WITH_NUMBERS ? cells.filter(({ share }) => share >= 0.005) : [];
  const at = { x: "prediction", y: "label" };
  const axis = {
    type: "band",
    domain: [...classes.keys()], // names may occur twice
    tickFormat: (index: number) => classes[index]!,
    label: null,
    tickSize: 0,
    padding: 0.06,
  } as const;
  const legend = legendOf(names, absent);
  return renderPlot({
    width: names + Math.max(inner + 16, legend.width),
    height: top + inner + names,
    marginLeft: names,
    marginTop: top,
    marginRight: Math.max(16, legend.width - inner),
    marginBottom: names,
    x: { ...axis, tickRotate: -90 },
    y: axis,
    marks: [
      Plot.frame({ stroke: "#ddd" }),
      Plot.cell(unlabelled, { ...at, fill: "#f0f0f0" }),
      Plot.cell(cells, { ...at, fill: unscaled((cell: Cell) => tint(cell.share, cell.right)) }),
      Plot.text(numbers, {
        ...at,
        text: ({ share }: Cell) => (100 * share).toFixed(0),
        fill: unscaled(({ share }: Cell) => share > 0.4 ? "white" : "#222"),
        fontSize: Math.min(FONT_SIZE, 0.36 * side),
      }),
      ...legend.marks,
    ],
  });
}

function checkCounts({ classes, counts }: ConfusionCounts): void {
  const size = classes.length;
  if (size === 0 || counts.length !== size || counts.some((row) => row.length !== size)) {
    throw new RangeError(
      `Cannot draw a confusion matrix: it needs rows and columns for ${size} classes, at least ` +
        `one, got ${counts.length} rows of ${counts[0]?.length ?? 0}`,
    );
  }
}

/** Without the classes that are in neither labels nor predictions; all where none is in either. */
function occurringIn(confusion: ConfusionCounts): ConfusionCounts {
  const { classes, counts } = confusion;
  const occurs = (index: number) =>
    counts[index]!.some((count) => count > 0) || counts.some((row) => row[index]! > 0);
  const kept = [...classes.keys()].filter(occurs);
  if (kept.length === 0) return confusion;
  return {
    classes: kept.map((index) => classes[index]!),
    counts: kept.map((label) => kept.map((prediction) => counts[label]![prediction]!)),
  };
}

function cellsOf({ counts }: ConfusionCounts): Cell[] {
  return counts.flatMap((row, label) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, prediction) => {
      return { label, prediction, share: count / total, right: label === prediction };
    });
  });
}

/** White at 0; the colour of right or wrong at 1. */
function tint(share: number, right: boolean): string {
  const colour = right ? RIGHT : WRONG;
  const channel = (at: number) => parseInt(colour.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) => 255 + Math.sqrt(share) * (channel(at) - 255));
  return `rgb(${mixed.map(Math.round).join(",")})`;
}

/** What the colours and the axes mean, above the cells. */
function legendOf(left: number, absent: number) {
  const shares = [0.01, 0.05, 0.2, 0.5, 1];
  const boxes = [true, false].flatMap((right, row) =>
    shares.map((share, i) => ({
      x: left + 86 + 34 * i,
      y: 14 + 25 * row,
      fill: tint(share, right),
      text: `${100 * share}`,
      colour: share > 0.4 ? "white" : "#222",
    }))
  );
  const texts = [
    { x: left, y: 14, text: "right (%)" },
    { x: left, y: 39, text: "wrong (%)" },
    { x: left, y: 70, text: "share of a label's pixels; rows: labels, columns: predictions" },
    ...absent === 0 ? [] : [{ x: left, y: 88, text: `left out: classes in neither (${absent})` }],
  ];
  const place = { x: unscaled("x"), y: unscaled("y"), fontSize: FONT_SIZE };
  return {
    width: roomFor(texts.map(({ text }) => text)),
    marks: [
      Plot.dot(boxes, { ...place, symbol: "square", r: 13, fill: unscaled("fill") }),
      Plot.text(boxes, { ...place, text: "text", fill: unscaled("colour") }),
      Plot.text(texts, { ...place, text: "text", textAnchor: "start" }),
    ],
  };
}

/** Pixels that texts take, with a margin. */
function roomFor(texts: readonly string[]): number {
  return Math.ceil(16 + Math.max(...texts.map((text) => textWidth(text, FONT_SIZE))));
}
