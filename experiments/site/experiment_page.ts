import type { Experiment } from "../../lib/runs/experiment.ts";
import { pageText } from "./frame.ts";
import type { RunGroup, Spread } from "./grouped_runs.ts";
import type { Header } from "./header.ts";
import { Html, html, jsonElement, prose } from "./html.ts";
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
    main: html`<h1>${titleOf(name)}</h1>
<section class="question"><h2>Question</h2>${paragraphs(header.question)}</section>
<section class="answer"><h2>Answer</h2>${
      header.answer.length > 0 ? paragraphs(header.answer) : html`<p>There is none yet.</p>`
    }</section>
<h2>Runs</h2>
${runsTable(shown)}
${
      unfinished.length > 0
        ? html`<p class="note">Not finished: ${unfinished.join(", ")}.</p>`
        : null
    }
<section class="plots" hidden><h2>Plots</h2>
<p class="note">Point at a mark, or tap it, to read which run it is.</p>
<ul class="key" id="key"></ul>
<figure><figcaption>Accuracy against speed</figcaption><div id="accuracy_vs_speed"></div></figure>
<figure><figcaption>Training loss</figcaption><div id="training_curves"></div></figure>
<figure><figcaption>IoU by class</figcaption><div id="per_class_iou"></div></figure>
</section>
${data.overlays.length > 0 ? overlays(data) : null}
<h2>Repeat it</h2>
${header.command === null ? null : html`<pre><code>${header.command}</code></pre>`}
${header.others.map(({ title, paragraphs: texts }) =>
      html`<h3>${title}</h3>${paragraphs(texts)}`
    )}
${jsonElement("data", data)}`,
  });
}

/** An experiment's name as a title. */
export function titleOf(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function paragraphs(texts: readonly string[]): Html[] {
  return texts.map((text) => html`<p>${prose(text)}</p>`);
}

function runsTable({ name, groups }: ShownExperiment): Html {
  const rows = groups.map((group) => {
    const files = group.runs.flatMap(({ summary }) => {
      const folder = `${name}/${summary.run}-s${summary.seed}`;
      const seed = group.runs.length > 1 ? html`seed ${summary.seed}: ` : null;
      return [
        html`<span>${seed}<a href="${folder}/config.json">config</a> <a href="${folder}/summary.json">summary</a> <a href="${folder}/environment.json">machine</a></span> `,
      ];
    });
    return html`<tr><th scope="row">${group.name}</th><td>${group.variant}</td>
<td class="n">${(group.parameters / 1e6).toFixed(2)} M</td>
<td class="n">${spreadText(group.mIoU, (x) => (100 * x).toFixed(2))}</td>
<td class="n">${spreadText(group.speed, (x) => x.toPrecision(3))}</td>
<td class="n">${group.steps}</td><td class="n">${group.runs.length}</td><td class="files">${files}</td></tr>
`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Table of runs"><table>
<thead><tr><th scope="col">run</th><th scope="col">variant</th><th scope="col" class="n">parameters</th>
<th scope="col" class="n">mIoU (%)</th><th scope="col" class="n">images per second</th>
<th scope="col" class="n">steps</th><th scope="col" class="n">seeds</th><th scope="col">JSON</th></tr></thead>
<tbody>${rows}</tbody></table></div>
<p class="note">mIoU of the validation images; images per second are those of inference on the machine
that each run’s machine file describes. ± is the standard deviation over seeds.</p>`;
}

/** `65.93`, `65.93 ± 0.41`, or a dash. */
export function spreadText(spread: Spread | null, text: (value: number) => string): string {
  if (spread === null) return "–";
  const { mean, deviation } = spread;
  return deviation === null ? text(mean) : `${text(mean)} ± ${text(deviation)}`;
}

function overlays({ overlays }: PageData): Html {
  const photos = overlays.map(({ name }, index) => html`<option value="${index}">${name}</option>`);
  return html`<section><h2>Ground truth and prediction</h2>
<div class="controls"><label>Photo <select id="photo">${photos}</select></label>
<label>Run <select id="run"></select></label></div>
<div class="compare" id="compare"><img id="prediction" alt=""><img id="truth" alt=""><span class="edge" aria-hidden="true"></span></div>
<label class="slider">Ground truth <input type="range" id="split" min="0" max="100" value="50"
aria-label="How much of the picture, from the left, shows the ground truth"> prediction</label>
<p class="note" id="score" aria-live="polite"></p></section>`;
}
