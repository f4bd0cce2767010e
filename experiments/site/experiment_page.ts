import { basename } from "node:path";
import type { Experiment } from "../../lib/runs/experiment.ts";
import { inferenceSpeed, type RunGroup } from "../../lib/runs/run_groups.ts";
import type { Row } from "../../lib/report/table.ts";
import { besideRows } from "../../lib/runs/beside_rows.ts";
import { contrastRows, publishedRows } from "../../lib/runs/run_tables.ts";
import { percents } from "../../lib/words.ts";
import { pageText } from "./frame.ts";
import type { Header } from "./header.ts";
import { Html, jsonElement, markup, prose } from "../../lib/report/html.ts";
import type { PageData } from "./page_data.ts";

/** An experiment with what is known of it. */
export interface ShownExperiment {
  readonly name: string;
  readonly experiment: Experiment;
  readonly header: Header;
  readonly groups: readonly RunGroup[];
  /** Folders of runs that were begun and are not finished. */
  readonly unfinished: readonly string[];
  readonly data: PageData;
}

/** A page of one experiment, in the folder experiments/ of the site. */
export function experimentPage(shown: ShownExperiment): string {
  const { name, header, unfinished, data } = shown;
  return pageText({
    title: name,
    root: "../",
    place: "index.html",
    scripts: ["experiment.js"],
    main: markup`<h1>${titleOf(name)}</h1>
<section class="question"><h2>Question</h2>${paragraphs(header.question)}</section>
<section class="answer"><h2>Answer</h2>${
      header.answer.length > 0 ? paragraphs(header.answer) : markup`<p>There is none yet.</p>`
    }</section>
<h2>Runs</h2>
${runsTable(shown)}
${
      unfinished.length > 0
        ? markup`<p class="note">Not finished: ${unfinished.join(", ")}.</p>`
        : null
    }
${comparisons(shown)}
<section class="plots" hidden><h2>Plots</h2>
<p class="note">Point at a mark, or tap it, to read which run it is.</p>
<ul class="key" id="key"></ul>
<figure><figcaption>mIoU of each seed</figcaption>
<p class="note">A ring is a seed, the bar their mean and standard deviation, a diamond what a paper has in
its own setting.</p><div id="scores"></div></figure>
<figure><figcaption>Accuracy against speed</figcaption><div id="accuracy_vs_speed"></div></figure>
<figure><figcaption>Training loss</figcaption><div id="training_curves"></div></figure>
<figure><figcaption>IoU by class</figcaption><div id="per_class_iou"></div></figure>
</section>
${data.overlays.length > 0 ? overlays(data) : null}
<h2>Repeat it</h2>
${header.command === null ? null : markup`<pre><code>${header.command}</code></pre>`}
${
      header.others.map(({ title, paragraphs: texts }) =>
        markup`<h3>${title}</h3>${paragraphs(texts)}`
      )
    }
${jsonElement("data", data)}`,
  });
}

/** An experiment's name as a title. */
export function titleOf(name: string): string {
  return capitalised(name.replaceAll("_", " "));
}

/** A text that begins with a capital letter. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function paragraphs(texts: readonly string[]): Html[] {
  return texts.map((text, i) => markup`<p>${prose(i === 0 ? capitalised(text) : text)}</p>`);
}

function runsTable({ name, groups }: ShownExperiment): Html {
  const rows = groups.map((group) => {
    const { name: run, seeds, mIoU, isTrial } = group;
    const { config, summary } = seeds[0]!;
    const speed = inferenceSpeed(seeds);
    const own = isTrial ? markup`<td></td><td></td><td></td>` : markup`
<td class="n">${(summary.parameters / 1e6).toFixed(2)} M</td>
<td class="n">${speed?.toPrecision(3) ?? "–"}</td>
<td class="n">${summary.steps}</td>`;
    return markup`<tr${new Html(
      isTrial ? ' class="trial"' : "",
    )}><th scope="row">${run}</th><td>${config.variant}</td>
<td class="n">${percents(mIoU)}</td><td class="n">${mIoU.length}</td>${own}
<td class="files">${isTrial ? null : fileLinks(name, group)}</td></tr>
`;
  });
  return markup`${
    table("Runs", [
      "run",
      "variant",
      "mIoU (%)",
      "seeds",
      "parameters",
      "images per second",
      "steps",
      "JSON",
    ], rows)
  }
<p class="note">mIoU of the validation images; images per second are those of inference on the machine
that each run’s machine file describes. ± is the standard deviation over seeds.</p>`;
}

/** Numbers stand to the right, as do their titles. */
const NUMBERS = [
  "mIoU (%)",
  "seeds",
  "parameters",
  "images per second",
  "steps",
  "mIoU there",
  "mIoU here",
  "difference (points)",
  "standard error",
  "in the paper (points)",
  "minutes",
  "memory (MiB)",
];

function isNumber(title: string): boolean {
  return NUMBERS.includes(title) || /^(IoU|F1) of /.test(title);
}

/** Sentences get room. */
const TEXTS = ["claim", "where and how"];

function table(label: string, titles: readonly string[], rows: readonly Html[]): Html {
  const heads = titles.map((title) =>
    markup`<th scope="col"${new Html(isNumber(title) ? ' class="n"' : "")}>${title}</th>`
  );
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${heads}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function fileLinks(experiment: string, { seeds }: RunGroup): Html[] {
  return seeds.map(({ folder, summary }) => {
    const path = `${experiment}/${basename(folder)}`;
    const seed = seeds.length > 1 ? `seed ${summary.seed}: ` : null;
    return markup`<span>${seed}<a href="${path}/config.json">config</a> <a href="${path}/summary.json">summary</a> <a href="${path}/environment.json">machine</a></span> `;
  });
}

/** What is looked at beside the mIoU, what the claims of the answer came to, and what the papers have. */
function comparisons({ experiment, groups }: ShownExperiment): Html {
  const { contrasts = [], published = [] } = experiment;
  const claims = contrastRows(groups, contrasts, published);
  const papers = publishedRows(groups, published);
  const beside = besideRows(groups, experiment);
  return markup`${
    beside.length === 0 ? null : markup`<h2>Beside the mIoU</h2>
${resultsTable("Beside the mIoU", beside)}`
  }${
    claims.length === 0 ? null : markup`<h2>Claims</h2>
${resultsTable("Claims", claims)}
<p class="note">A claim is carried, or contradicted, where the difference exceeds twice its standard error;
otherwise it is open.</p>`
  }${
    papers.length === 0 ? null : markup`<h2>Published numbers</h2>
${resultsTable("Published numbers", papers)}`
  }`;
}

/** Rows as the results' own tables have them. */
function resultsTable(label: string, rows: readonly Row[]): Html {
  const titles = Object.keys(rows[0]!);
  const cell = (title: string, value: Row[string]) => {
    const kind = isNumber(title) ? "n" : TEXTS.includes(title) ? "words" : "";
    return markup`<td class="${kind}">${value === null ? "–" : `${value}`}</td>`;
  };
  const body = rows.map((row) =>
    markup`<tr>${titles.map((title) => cell(title, row[title]!))}</tr>
`
  );
  return table(label, titles, body);
}

function overlays({ overlays, key }: PageData): Html {
  const colours = key.map(({ name, colour }) =>
    markup`<li><span class="swatch" style="background: rgb(${
      colour.join(" ")
    })"></span> ${name}</li>`
  );
  const photos = overlays.map(({ name }, index) =>
    markup`<option value="${index}">${name}</option>`
  );
  return markup`<section><h2>Ground truth and prediction</h2>
<div class="controls"><label>Photo <select id="photo">${photos}</select></label>
<label>Run <select id="run"></select></label></div>
<div class="compare" id="compare"><img id="prediction" alt=""><img id="truth" alt=""><span class="edge" aria-hidden="true"></span></div>
<label class="slider">Ground truth <input type="range" id="split" min="0" max="100" value="50"
aria-label="How much of the picture, from the left, shows the ground truth"> prediction</label>
<p class="note" id="score" aria-live="polite"></p>
<ul class="key">${colours}</ul></section>`;
}
