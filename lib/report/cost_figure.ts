import * as Plot from "@observablehq/plot";
import type { Drawing } from "./picture.ts";
import { textWidth } from "./place_labels.ts";
import { colours, FONT_SIZE, renderPlot, unscaled } from "./plot.ts";

/** A module of a network and what it costs with all that is in it. */
export interface ModuleCost {
  readonly label: string;
  /** How many modules it lies in: the network itself in none. */
  readonly depth: number;
  readonly parameters: number;
  readonly multiplyAdds: number;
  readonly activationBytes: number;
}

const ROW = 19;
const [PANEL, GAP, TOP] = [190, 52, 40];

/**
 * What the modules of a network cost: a row a module, indented as they lie in each other, and bars of
 * parameters, multiply-adds and activations, each on a scale of its own; the numbers beside them.
 */
export function costFigure(modules: readonly ModuleCost[]): Drawing {
  if (modules.length === 0) {
    throw new RangeError("Cannot draw costs: it needs at least one module, got none");
  }
  const panels = [
    { title: "parameters (10⁶)", values: modules.map(({ parameters }) => parameters / 1e6) },
    { title: "multiply-adds (10⁹)", values: modules.map(({ multiplyAdds }) => multiplyAdds / 1e9) },
    {
      title: "activations (MB)",
      values: modules.map(({ activationBytes }) => activationBytes / 1e6),
    },
  ];
  const indent = 16;
  const names = 16 +
    Math.max(...modules.map(({ label, depth }) => indent * depth + textWidth(label, FONT_SIZE)));
  const rowAt = (row: number) => TOP + ROW * row + ROW / 2;
  const rows = modules.map(({ label, depth }, row) => ({
    text: label,
    x: 8 + indent * depth,
    y: rowAt(row),
  }));
  const bars = panels.flatMap(({ values }, panel) => {
    const left = names + panel * (PANEL + GAP);
    const most = Math.max(...values) || 1;
    return values.map((value, row) => ({
      x1: left,
      x2: left + PANEL * value / most,
      y1: rowAt(row) - ROW / 2 + 3,
      y2: rowAt(row) + ROW / 2 - 3,
      y: rowAt(row),
      fill: colours[panel]!,
      text: numberText(value),
    }));
  });
  const titles = panels.map(({ title }, panel) => ({
    x: names + panel * (PANEL + GAP),
    y: TOP - 16,
    text: title,
    fill: colours[panel]!,
  }));
  const at = { x: unscaled("x"), y: unscaled("y"), text: "text", fontSize: FONT_SIZE } as const;
  const start = { textAnchor: "start" } as const;
  const pixels = (name: string) => unscaled(name);
  return renderPlot({
    width: Math.ceil(names + 3 * PANEL + 3 * GAP + 8),
    height: TOP + ROW * modules.length + 12,
    axis: null,
    marks: [
      Plot.text(titles, { ...at, ...start, fill: pixels("fill"), fontWeight: "bold" }),
      Plot.text(rows, { ...at, ...start }),
      Plot.link(bars, {
        x1: pixels("x1"),
        x2: pixels("x2"),
        y1: pixels("y"),
        y2: pixels("y"),
        stroke: pixels("fill"),
        strokeWidth: ROW - 7,
        strokeLinecap: "butt",
      }),
      Plot.text(bars, { ...at, ...start, x: pixels("x2"), dx: 4 }),
    ],
  });
}

function numberText(value: number): string {
  if (value === 0) return "0";
  return value < 0.005 ? "<0.01" : Number(value.toPrecision(3)).toLocaleString("en-US");
}
