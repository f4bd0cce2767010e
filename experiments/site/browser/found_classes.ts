import { IGNORE } from "../../../lib/images/image.ts";
import type { NamedClass } from "./class_list.ts";
import { byId } from "./elements.ts";
import type { TrainingPhoto } from "./training_photo.ts";

/** Says which classes were found on a photo, and how much of its strokes that agrees with. */
export function describeFound(photo: TrainingPhoto | null, classes: readonly NamedClass[]): void {
  const list = byId("found", HTMLElement);
  const agreement = byId("agreement", HTMLElement);
  list.replaceChildren();
  agreement.textContent = "";
  if (!photo?.found) return;
  const { found, labels } = photo;
  let [drawn, agreed] = [0, 0];
  const counts = classes.map(() => 0);
  for (let i = 0; i < found.length; i++) {
    counts[found[i]!]!++;
    if (labels[i] === IGNORE) continue;
    drawn++;
    if (labels[i] === found[i]) agreed++;
  }
  if (drawn > 0) {
    const percent = Math.floor(100 * agreed / drawn);
    agreement.textContent =
      `The network agrees with ${percent}\u00a0% of your strokes on this photo.`;
  }
  list.replaceChildren(...classes.map(({ name, colour }, label) => {
    const swatch = Object.assign(document.createElement("span"), { className: "swatch" });
    swatch.style.background = `rgb(${colour.join(" ")})`;
    const entry = document.createElement("li");
    const percent = (100 * counts[label]! / found.length).toFixed(1);
    entry.append(swatch, ` ${name || `class ${label + 1}`} ${percent}\u00a0%`);
    return entry;
  }));
}
