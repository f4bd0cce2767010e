import { createHash } from "node:crypto";
import * as Plot from "@observablehq/plot";
import { Window } from "happy-dom";
import { Drawing, FONT } from "./picture.ts";

/** Draws a plot of Observable Plot without a browser; the same options give the same SVG text. */
export function renderPlot(options: Plot.PlotOptions): Drawing {
  const { document, XMLSerializer } = new Window();
  const svg = Plot.plot({ ...look, ...options, document });
  if (svg.tagName.toLowerCase() !== "svg") {
    throw new TypeError(
      "Cannot render a plot: it needs to be one SVG element, got a figure; draw the title and " +
        "the legend as marks instead of by title, subtitle, caption and legend",
    );
  }
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const text = new XMLSerializer().serializeToString(svg);
  const ground = '<rect width="100%" height="100%" fill="white"/>';
  return new Drawing(ownIds(text.replace(">", `>${ground}`).replaceAll("&nbsp;", "&#160;")));
}

/** The pixel at which a plot of these options puts a value of its x or y scale. */
export function scaleOf(options: Plot.PlotOptions, name: "x" | "y"): (value: number) => number {
  const { document } = new Window();
  const scale = Plot.plot({ ...look, ...options, document }).scale(name);
  return (value) => scale!.apply(value);
}

const look: Plot.PlotOptions = {
  style: { color: "#222", fontFamily: FONT, fontSize: "12px" },
};

/**
 * Plot numbers clip paths and markers by a counter of the process. Numbered by a hash of the plot,
 * they repeat, and two plots on one page of a notebook do not share them.
 */
function ownIds(svg: string): string {
  const counted = /plot-(clip|marker|pattern)-\d+/g;
  const ids = [...new Set(svg.match(counted))];
  const renamed = (hash: string) => svg.replaceAll(counted, (id) => `id-${hash}${ids.indexOf(id)}`);
  const hash = createHash("sha256").update(renamed("")).digest("hex").slice(0, 8);
  return renamed(`${hash}-`);
}
