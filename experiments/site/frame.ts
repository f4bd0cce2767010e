import { Html, markup, type Part } from "../../lib/report/html.ts";

/** A page of the site. */
export interface Page {
  readonly title: string;
  /** What leads from the page's folder to the site's root: "" or "../". */
  readonly root: string;
  /** The path from the root of the entry of the navigation that the page belongs to. */
  readonly place: string;
  /** Scripts by their paths from the root. */
  readonly scripts?: readonly string[];
  readonly main: Part;
}

const entries = [
  ["index.html", "Experiments"],
  ["analyses.html", "Analyses"],
  ["photo.html", "Your photo"],
  ["train.html", "Train"],
] as const;

const ICON = "data:image/svg+xml," + encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="8" height="8" ' +
    'fill="#1b6ca8"/><rect x="8" width="8" height="8" fill="#a67c00"/><rect y="8" width="8" ' +
    'height="8" fill="#2a8a4a"/><rect x="8" y="8" width="8" height="8" fill="#d1531f"/></svg>',
);

/** A page's whole text. */
export function pageText({ title, root, place, scripts = [], main }: Page): string {
  const links = entries.map(([path, name]) =>
    markup`<li><a href="${root}${path}"${here(path === place)}>${name}</a></li>`
  );
  const loaded = scripts.map((path) =>
    markup`<script type="module" src="${root}${path}"></script>\n`
  );
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Seglab</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="${root}site.css">
${loaded}</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header><a class="brand" href="${root}index.html">Seglab</a><nav aria-label="Site"><ul>${links}</ul></nav></header>
<main id="main">
${main}
</main>
<footer>Built by Seglab from the files in its results folder.</footer>
</body>
</html>
`.text;
}

function here(isHere: boolean): Html {
  return new Html(isHere ? ' aria-current="page"' : "");
}
