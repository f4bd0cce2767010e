import { spreadOf } from "../../lib/statistics.ts";
import { percents } from "../../lib/words.ts";
import { capitalised, type ShownExperiment, titleOf } from "./experiment_page.ts";
import { pageText } from "./frame.ts";
import { markup, prose } from "../../lib/report/html.ts";

/** The first page: all experiments. */
export function indexPage(experiments: readonly ShownExperiment[]): string {
  const cards = experiments.map(({ name, experiment, header, groups, data }) => {
    const best = groups.toSorted((a, b) => spreadOf(b.mIoU).mean - spreadOf(a.mIoU).mean)[0]!;
    const photo = data.overlays[0];
    const picture = photo?.predictions.find(({ run }) => run === best.name)?.picture ??
      photo?.truth;
    return markup`<li class="card">${
      picture ? markup`<img src="experiments/${picture}" alt="" loading="lazy">` : null
    }<h2><a href="experiments/${name}.html">${titleOf(name)}</a></h2>
<p>${prose(experiment.question)}</p>
${
      header.answer.slice(0, 1).map((text) =>
        markup`<p class="note">${prose(capitalised(firstSentence(text)))}</p>`
      )
    }
<p class="fact">best of ${groups.length}: <strong>${best.name}</strong>, mIoU ${
      percents(best.mIoU, 1)
    }\u00a0%</p></li>
`;
  });
  return pageText({
    title: "Experiments",
    root: "",
    place: "index.html",
    main: markup`<h1>Transformer segmentation, asked and measured</h1>
<p class="lead">Each experiment is one file that runs, with one question. Behind each is the table of its
runs, its curves, and what each network sees. A network looks at <a href="photo.html">your photo</a> in this
browser, and another one <a href="train.html">learns from your photos</a> here.</p>
<ul class="cards">${cards}</ul>`,
  });
}

function firstSentence(text: string): string {
  return /^.*?[a-z0-9)][.:](?=\s|$)/.exec(text)?.[0].replace(/:$/, ".") ?? text;
}
