import { jsonElement, markup } from "../../lib/report/html.ts";
import { pageText } from "./frame.ts";
import type { TrainSource } from "./page_data.ts";

/** The page on which a visitor's browser trains; without a network to begin from it says how to publish one. */
export function trainPage(source: TrainSource | null): string {
  const frame = { title: "Train", root: "", place: "train.html" };
  if (source === null) {
    return pageText({
      ...frame,
      main:
        markup`<h1>Train in your browser</h1><p>This site was published without a network that can go on
learning: one that Seglab trained.</p>`,
    });
  }
  return pageText({
    ...frame,
    scripts: ["train.js"],
    main: markup`<h1>Train in your browser</h1>
<p class="lead">Name some classes, mark them on a few of your photos with a brush, and a small network learns to
find them, on your device. Your photos are not uploaded: nothing leaves this page.</p>
<label class="drop" id="drop">Drop photos here, or choose some<br>
<input type="file" id="files" accept="image/*" multiple></label>
<p><button type="button" id="sample">Take the sample scene</button></p>
<p id="status" role="status" aria-live="polite"></p>
<div class="workshop" id="work" hidden>
<section aria-label="Photos">
<div class="stage brushed" id="stage" hidden><canvas id="picture"></canvas><canvas id="labels"></canvas><canvas
id="strokes"></canvas><div class="ring" id="ring" hidden></div></div>
<ul class="strip" id="photos" aria-label="Photos"></ul>
<div class="controls"><label class="slider">Photo <input type="range" id="opacity" min="0" max="100" value="60"
aria-label="Opacity of the classes’ colours"> classes</label>
<label><input type="checkbox" id="seen" checked> my strokes</label></div>
<p class="note" id="agreement"></p>
<ul class="key" id="found" aria-label="What was found"></ul>
</section>
<section class="panel" aria-label="Labels and training">
<h2>1. Classes</h2>
<ul class="classes" id="classes"></ul>
<p><button type="button" id="add">Add a class</button></p>
<h2>2. Strokes</h2>
<p class="note">Draw on the photo. What you leave free does not count.</p>
<label class="slider">Brush <input type="range" id="size" min="4" max="60" value="18" aria-label="Width of the
brush"></label>
<div class="controls"><label><input type="checkbox" id="eraser"> erase</label>
<button type="button" id="undo">Undo</button><button type="button" id="clear">Clear</button><button
type="button" id="remove">Remove the photo</button></div>
<h2>3. Training</h2>
<div class="controls"><label>Steps <input type="number" id="steps" min="10" max="2000" step="10"
value="100"></label><button type="button" class="main" id="train">Train</button><button type="button" id="stop"
disabled>Stop</button></div>
<div id="progress" hidden><progress id="bar" value="0" max="100" aria-label="Steps"></progress>
<figure id="curve"></figure></div>
<div id="result" hidden>
<h2>4. Your network</h2>
<p><a class="button main" id="download" download="model.safetensors" href="train.html">Download</a></p>
<p class="note">In Seglab it opens like any other:</p>
<pre><code>deno task segment photos/ --model model.safetensors</code></pre>
</div>
</section>
</div>
<p class="note" id="device"></p>
<p class="note" id="threads" hidden>It computes on one thread, since this page is not isolated from other
origins. A server that sends the headers <code>Cross-Origin-Opener-Policy: same-origin</code> and
<code>Cross-Origin-Embedder-Policy: require-corp</code>, as <code>deno task publish --serve</code> does, gives it
up to four.</p>
<h2>What learns</h2>
<dl><dt>Network</dt><dd>${source.card.title}, which knows streets and goes on from there with your classes</dd>
<dt>Training</dt><dd>The second half of its encoder and a new head, one crop of ${source.window} pixels a step; the
first half stays as it is</dd>
<dt>Size</dt><dd>${
      (source.bytes / 1e6).toFixed(1)
    } MB, once (<a href="model/model.safetensors">weights</a>)</dd>
<dt>Licence of the weights</dt><dd>${source.card.weights}; what you train from them is under it too</dd></dl>
${jsonElement("source", source)}`,
  });
}
