import { Buffer } from "node:buffer";
import type { Colour } from "../images/image.ts";
import { Html, markup } from "./html.ts";
import type { Drawing } from "./picture.ts";

/** What the page of one run shows. */
export interface RunPage {
  readonly title: string;
  /** What the run came to so far, a sentence each. */
  readonly facts: readonly string[];
  readonly figures: readonly Drawing[];
  /** IoU by class: a column for each time at which it was measured. */
  readonly scores: {
    readonly columns: readonly string[];
    readonly rows: readonly ClassRow[];
  };
  /** The same images over time: a column for each time, the first for the labels. */
  readonly pictures: {
    readonly columns: readonly string[];
    readonly rows: readonly PictureRow[];
  };
}

/** A class with its IoU in 0 to 1 in each column; null where it was not measured. */
export interface ClassRow {
  readonly name: string;
  readonly colour: Colour;
  readonly iou: readonly (number | null)[];
}

/** An image as the bytes of a JPEG in each column; null where there is none. */
export interface PictureRow {
  readonly name: string;
  readonly jpegs: readonly (Uint8Array | null)[];
}

const STYLE = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 96rem; padding: 0 1.25rem 3rem; color: #1d2126; background: #fff;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  overflow-wrap: break-word; }
h1 { font-size: 1.6rem; margin: 1.5rem 0 0.25rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
p { margin: 0.15rem 0; }
.figures { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
.figures svg { width: 100%; max-width: 36rem; height: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th { font-weight: 600; text-align: left; vertical-align: bottom; }
th, td { padding: 0.2rem 0.75rem 0.2rem 0; }
.scores td { min-width: 8rem; text-align: right; font-variant-numeric: tabular-nums;
  border-bottom: 1px solid #dfe2e5; background: linear-gradient(#cfe2f1, #cfe2f1) no-repeat left / var(--share) 100%; }
.scores tbody th { font-weight: 400; border-bottom: 1px solid #dfe2e5; }
.swatch { display: inline-block; width: 0.9em; height: 0.9em; margin-right: 0.5em; vertical-align: -0.1em;
  border: 1px solid #0003; }
.pictures th, .pictures td { padding: 0 0.4rem 0.4rem 0; font-size: 0.85rem; vertical-align: top; }
.pictures :is(th, td):first-child { position: sticky; left: 0; background: #fff; }
.pictures img { display: block; max-width: none; }
`;

/** The page as one HTML file that needs no other. */
export function runPage({ title, facts, figures, scores, pictures }: RunPage): string {
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Seglab</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<h1>${title}</h1>
${facts.map((fact) => markup`<p>${fact}</p>\n`)}<h2>Curves</h2>
<div class="figures">
${figures.map(({ svg }) => markup`<div>${new Html(svg)}</div>\n`)}</div>
<h2>IoU by class (%)</h2>
${scoresTable(scores)}
<h2>Images</h2>
${picturesTable(pictures)}
</body>
</html>
`.text;
}

function scoresTable({ columns, rows }: RunPage["scores"]): Html {
  return markup`<div class="wide"><table class="scores">
<thead><tr><th>class</th>${columns.map(heading)}</tr></thead>
<tbody>
${rows.map(scoreRow)}</tbody>
</table></div>`;
}

function scoreRow({ name, colour, iou }: ClassRow): Html {
  const swatch = markup`<span class="swatch" style="background:rgb(${colour.join(",")})"></span>`;
  return markup`<tr><th>${swatch}${name}</th>${iou.map(scoreCell)}</tr>\n`;
}

function scoreCell(iou: number | null): Html {
  if (iou === null) return markup`<td style="--share:0">–</td>`;
  const percent = (100 * iou).toFixed(1);
  return markup`<td style="--share:${percent}%">${percent}</td>`;
}

function picturesTable({ columns, rows }: RunPage["pictures"]): Html {
  return markup`<div class="wide"><table class="pictures">
<thead><tr>${columns.map(heading)}</tr></thead>
<tbody>
${rows.map(pictureRow)}</tbody>
</table></div>`;
}

function pictureRow({ name, jpegs }: PictureRow): Html {
  const cell = (jpeg: Uint8Array | null) => {
    if (jpeg === null) return markup`<td></td>`;
    const source = `data:image/jpeg;base64,${Buffer.from(jpeg).toString("base64")}`;
    return markup`<td><img src="${source}" alt="${name}" title="${name}"></td>`;
  };
  return markup`<tr>${jpegs.map(cell)}</tr>\n`;
}

function heading(text: string): Html {
  return markup`<th scope="col">${text}</th>`;
}
