import type { OverlayData } from "../page_data.ts";
import { byId } from "./elements.ts";

/** Lets a visitor choose photo and run, and move the border between ground truth and prediction. */
export function showOverlays(overlays: readonly OverlayData[]): void {
  const [photo, run] = [byId("photo", HTMLSelectElement), byId("run", HTMLSelectElement)];
  const split = byId("split", HTMLInputElement);
  const [truth, prediction] = [
    byId("truth", HTMLImageElement),
    byId("prediction", HTMLImageElement),
  ];
  const chosen = () => overlays[Number(photo.value)]!;
  const move = () => byId("compare", HTMLElement).style.setProperty("--split", `${split.value}%`);

  const showRun = () => {
    const { name, predictions } = chosen();
    const found = predictions.find((prediction) => prediction.run === run.value) ?? predictions[0]!;
    prediction.src = found.picture;
    prediction.alt = `${name} with the prediction of ${found.run}`;
    byId("score", HTMLElement).textContent = found.mIoU === null
      ? `Left of the border the ground truth, right of it the prediction of ${found.run}.`
      : `Left of the border the ground truth, right of it the prediction of ${found.run}: mIoU of ` +
        `this photo ${found.mIoU.toFixed(1)} %.`;
  };
  const showPhoto = () => {
    const { name, predictions, truth: picture } = chosen();
    const before = run.value;
    run.replaceChildren(
      ...predictions.map(({ run }) => new Option(run, run, false, run === before)),
    );
    truth.src = picture;
    truth.alt = `${name} with its ground truth`;
    showRun();
  };
  photo.addEventListener("change", showPhoto);
  run.addEventListener("change", showRun);
  split.addEventListener("input", move);
  byId("compare", HTMLElement).addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse" && event.buttons === 0) return;
    const { left, width } = byId("compare", HTMLElement).getBoundingClientRect();
    split.value = `${Math.round(100 * (event.clientX - left) / width)}`;
    move();
  });
  move();
  showPhoto();
}
