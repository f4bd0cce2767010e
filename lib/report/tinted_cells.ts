import * as Plot from "@observablehq/plot";
import { colours, FONT_SIZE, unscaled } from "./plot.ts";

/** White at 0, orange at 1, blue at -1; told apart by colour-blind eyes. */
export function tint(value: number): string {
  const colour = value < 0 ? colours[0]! : colours[1]!;
  const share = Math.min(1, Math.abs(value));
  const mixed = [1, 3, 5].map((at) => {
    return Math.round(255 + share * (parseInt(colour.slice(at, at + 2), 16) - 255));
  });
  return `rgb(${mixed.join(",")})`;
}

/** Where cells lie in a figure without scales, in pixels. */
export interface CellPlace {
  readonly left: number;
  readonly top: number;
  /** Width and height of a cell. */
  readonly cell: readonly [width: number, height: number];
}

/** Cells of values from -1 to 1 by rows, in their tints. */
export function cellMarks(
  values: readonly (readonly number[])[],
  { left, top, cell: [width, height] }: CellPlace,
): Plot.Markish {
  // A cell is a thick line: Plot draws rectangles on scales alone.
  const cells = values.flatMap((row, i) =>
    row.map((value, k) => {
      const y = top + height * (i + 0.5);
      return { x1: left + width * k, x2: left + width * (k + 1), y, fill: tint(value) };
    })
  );
  return Plot.link(cells, {
    x1: unscaled("x1"),
    x2: unscaled("x2"),
    y1: unscaled("y"),
    y2: unscaled("y"),
    stroke: unscaled("fill"),
    strokeWidth: height,
    strokeLinecap: "butt",
  });
}

const SCALE = { width: 160, height: 12, steps: 41 };

/** What tints mean: a title, and below it the tints of values from `from` to 1 with their texts. */
export function tintScale(
  title: string,
  from: 0 | -1,
  ends: readonly string[],
  left: number,
): Plot.Markish[] {
  const { width, height, steps } = SCALE;
  const values = Array.from({ length: steps }, (_, i) => from + (1 - from) * i / (steps - 1));
  const texts = ends.map((text, i) => ({ text, x: left + width * i / (ends.length - 1) }));
  return [
    Plot.text([title], {
      x: unscaled(() => left),
      y: unscaled(() => 12),
      textAnchor: "start",
      fontSize: FONT_SIZE,
    }),
    cellMarks([values], { left, top: 24, cell: [width / steps, height] }),
    Plot.text(texts, {
      x: unscaled("x"),
      y: unscaled(() => 46),
      text: "text",
      fontSize: FONT_SIZE,
    }),
  ];
}
