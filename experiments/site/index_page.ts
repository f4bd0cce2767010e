import { type ShownExperiment, spreadText, titleOf } from "./experiment_page.ts";
import { pageText } from "./frame.ts";
import { html, prose } from "./html.ts";

/** The first page: all experiments. */
export function indexPage(experiments: readonly ShownExperiment[]): string {
  const cards = experiments.map(({ name, experiment, header, groups }) => {
    const best = groups.filter(({ mIoU }) => mIoU !== null)
      .toSorted((a, b) => b.mIoU!.mean - a.mIoU!.mean)[0];
    return html`<li class="card"><h2><a href="experiments/${name}.html">${titleOf(name)}</a></h2>
<p>${prose(experiment.question)}</p>
${header.answer.slice(0, 1).map((text) => html`<p class="note">${prose(firstSentence(text))}</p>`)}
${
      best
        ? html`<p class="fact">best of ${groups.length}: <strong>${best.name}</strong>, mIoU ${
          spreadText(best.mIoU, (x) => (100 * x).toFixed(1))
        } %</p>`
        : null
    }</li>
`;
  });
  return pageText({
    title: "Experiments",
    root: "",
    place: "index.html",
    main: html`<h1>Transformer segmentation, asked and measured</h1>
<p class="lead">Each experiment is one file that runs, with one question. Behind each is the table of its
runs, its curves, and what each network sees.</p>
<ul class="cards">${cards}</ul>`,
  });
}

function firstSentence(text: string): string {
  return /^.*?[a-z0-9)][.:](?=\s|$)/.exec(text)?.[0].replace(/:$/, ".") ?? text;
}
