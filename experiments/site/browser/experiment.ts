/** The script of an experiment's page: plots of its runs, and its overlays. */
import type { GroupData, PageData } from "../page_data.ts";
import { byId } from "./elements.ts";
import { showOverlays } from "./overlay_slider.ts";
import { colourOf, figures } from "./plots.ts";

const { groups, overlays } = JSON.parse(byId("data", HTMLElement).textContent!) as PageData;
const section = document.querySelector<HTMLElement>(".plots")!;
const hidden = new Set<string>();

/** Colours stay with their groups, whichever are shown. */
function drawAll(): void {
  const empty: readonly never[] = [];
  const shown = groups.map((group): GroupData =>
    hidden.has(group.name)
      ? { ...group, scores: empty, mIoU: null, speed: null, classes: empty, curves: empty }
      : group
  );
  for (const [id, figure] of Object.entries(figures)) {
    const place = byId(id, HTMLElement);
    const drawn = figure(shown, Math.max(280, place.clientWidth));
    drawn?.setAttribute(
      "aria-label",
      place.parentElement!.querySelector("figcaption")!.textContent!,
    );
    place.replaceChildren(...drawn ? [drawn] : []);
    place.parentElement!.hidden = !drawn && hidden.size === 0;
  }
}

function showKey(): void {
  byId("key", HTMLElement).replaceChildren(...groups.map(({ name }, i) => {
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: true });
    box.addEventListener("change", () => {
      if (box.checked) hidden.delete(name);
      else hidden.add(name);
      drawAll();
    });
    const swatch = Object.assign(document.createElement("span"), { className: "swatch" });
    swatch.style.background = colourOf(i);
    const label = document.createElement("label");
    label.append(box, swatch, name);
    const entry = document.createElement("li");
    entry.append(label);
    return entry;
  }));
}

section.hidden = false;
showKey();
let width = 0;
new ResizeObserver(() => {
  if (section.clientWidth === width) return;
  width = section.clientWidth;
  drawAll();
}).observe(section);
if (overlays.length > 0) showOverlays(overlays);
