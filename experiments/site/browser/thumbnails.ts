import { imageData } from "./opened_photo.ts";
import type { TrainingPhoto } from "./training_photo.ts";

const HEIGHT = 116; // twice what is shown, for fine screens

const known = new WeakMap<TrainingPhoto, HTMLCanvasElement>();

/** A photo made small, one and the same each time. */
export function thumbnailOf(photo: TrainingPhoto): HTMLCanvasElement {
  const thumbnail = known.get(photo) ?? made(photo);
  known.set(photo, thumbnail);
  return thumbnail;
}

function made({ image }: TrainingPhoto): HTMLCanvasElement {
  const whole = new OffscreenCanvas(image.width, image.height);
  whole.getContext("2d")!.putImageData(imageData(image), 0, 0);
  const width = Math.max(1, Math.round(image.width * HEIGHT / image.height));
  const canvas = Object.assign(document.createElement("canvas"), { width, height: HEIGHT });
  const context = canvas.getContext("2d")!;
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, 0, 0, width, HEIGHT);
  return canvas;
}
