import { pageText } from "./frame.ts";
import { jsonElement, markup } from "../../lib/report/html.ts";
import type { SiteModel } from "./page_data.ts";

/** The page that segments a visitor's photo; without a model it says how to publish one. */
export function photoPage(model: SiteModel | null, hasSample: boolean): string {
  const frame = { title: "Your photo", root: "", place: "photo.html" };
  if (model === null) {
    return pageText({
      ...frame,
      main: markup`<h1>Segment your photo</h1><p>This site was published without a model.</p>`,
    });
  }
  const { card, classes, palette, bytes } = model;
  return pageText({
    ...frame,
    scripts: ["photo.js"],
    main: markup`<h1>Segment your photo</h1>
<p class="lead">The network runs in this browser, on your device. Your photo is not uploaded: nothing leaves
this page.</p>
<label class="drop" id="drop">Drop a photo here, or choose one<br>
<input type="file" id="file" accept="image/*"></label>
${hasSample ? markup`<p><button type="button" id="sample">Take the sample</button></p>` : null}
<p id="status" role="status" aria-live="polite"></p>
<div id="result" hidden>
<div class="stage" id="stage"><canvas id="picture"></canvas><canvas id="labels"></canvas></div>
<label class="slider">Photo <input type="range" id="opacity" min="0" max="100" value="55"
aria-label="Opacity of the classes’ colours"> classes</label>
<p class="note" id="under"></p>
<ul class="key" id="found" aria-label="What was found"></ul>
</div>
<h2>The network</h2>
<dl><dt>Name</dt><dd>${card.title}</dd>
<dt>About</dt><dd>${card.about}</dd>
<dt>Licence of the weights</dt><dd>${card.weights}</dd>
<dt>Training data</dt><dd>${card.data}</dd>
<dt>Size</dt><dd>${
      (bytes / 1e6).toFixed(1)
    } MB, once (<a href="model/network.onnx">ONNX</a>, <a href="model/model.json">what it needs to know</a>)</dd>
<dt>Classes</dt><dd>${classes.join(", ")}</dd></dl>
${jsonElement("model", { classes, palette })}`,
  });
}
