import { type Colour, IGNORE } from "../../../lib/images/image.ts";
import { byId } from "./elements.ts";
import { imageData } from "./opened_photo.ts";
import type { Box, Spot, TrainingPhoto } from "./training_photo.ts";

/** What the brush is like now. */
export interface Brush {
  /** The class that it draws, or 255 where it erases. */
  readonly label: number;
  /** In pixels of the photo. */
  readonly radius: number;
}

const OPAQUE = 255;
const STROKE_ALPHA = 225;

/** A photo on which a visitor draws, with what the network made of it between photo and strokes. */
export class BrushStage {
  private photo: TrainingPhoto | null = null;
  private readonly stage = byId("stage", HTMLElement);
  private readonly picture = byId("picture", HTMLCanvasElement);
  private readonly overlay = byId("labels", HTMLCanvasElement);
  private readonly strokes = byId("strokes", HTMLCanvasElement);
  private readonly ring = byId("ring", HTMLElement);
  private last: Spot | null = null;

  /** `drawn` hears that a stroke is done. */
  constructor(
    private readonly brush: () => Brush,
    private readonly colours: () => readonly Colour[],
    private readonly drawn: () => void,
  ) {
    const { strokes } = this;
    strokes.addEventListener("pointerdown", (event) => this.begin(event));
    strokes.addEventListener("pointermove", (event) => this.go(event));
    for (const kind of ["pointerup", "pointercancel"] as const) {
      strokes.addEventListener(kind, () => this.end());
    }
    strokes.addEventListener("pointerleave", () => this.ring.hidden = true);
  }

  /** Shows a photo with its strokes; null shows none. */
  show(photo: TrainingPhoto | null): void {
    this.photo = photo;
    this.stage.hidden = photo === null;
    if (photo === null) return;
    const { width, height } = photo.image;
    for (const canvas of [this.picture, this.overlay, this.strokes]) {
      Object.assign(canvas, { width, height });
    }
    this.picture.getContext("2d")!.putImageData(imageData(photo.image), 0, 0);
    this.redraw();
    this.showFound();
  }

  /** Draws all strokes again. */
  redraw(): void {
    if (!this.photo) return;
    const { width, height } = this.photo.image;
    this.draw({ left: 0, top: 0, width, height });
  }

  /** Shows what the network made of the photo. */
  showFound(): void {
    if (!this.photo) return;
    const { found, image: { width, height } } = this.photo;
    const context = this.overlay.getContext("2d")!;
    context.clearRect(0, 0, width, height);
    if (found) context.putImageData(this.coloured(found, width, height, OPAQUE), 0, 0);
  }

  private begin(event: PointerEvent): void {
    if (!this.photo || event.button !== 0) return;
    event.preventDefault();
    this.strokes.setPointerCapture(event.pointerId);
    this.photo.begin();
    this.last = this.spot(event);
    this.paint(this.last);
  }

  private go(event: PointerEvent): void {
    this.follow(event);
    if (!this.last) return;
    const pieces = event.getCoalescedEvents?.() ?? [];
    for (const piece of pieces.length > 0 ? pieces : [event]) this.paint(this.spot(piece));
  }

  private end(): void {
    if (!this.last) return;
    this.last = null;
    this.drawn();
  }

  private paint(to: Spot): void {
    const { label, radius } = this.brush();
    this.draw(this.photo!.paint(this.last!, to, radius, label));
    this.last = to;
  }

  /** A pointer's place in pixels of the photo. */
  private spot({ clientX, clientY }: PointerEvent): Spot {
    const { left, top, width, height } = this.strokes.getBoundingClientRect();
    const { width: columns, height: rows } = this.strokes;
    return { x: (clientX - left) / width * columns, y: (clientY - top) / height * rows };
  }

  /** Moves the ring that shows how large the brush is. */
  private follow({ clientX, clientY, pointerType }: PointerEvent): void {
    const { left, top, width } = this.strokes.getBoundingClientRect();
    const side = 2 * this.brush().radius * width / this.strokes.width;
    this.ring.hidden = pointerType === "touch";
    Object.assign(this.ring.style, {
      width: `${side}px`,
      height: `${side}px`,
      left: `${clientX - left - side / 2}px`,
      top: `${clientY - top - side / 2}px`,
    });
  }

  private draw({ left, top, width, height }: Box): void {
    if (width === 0 || height === 0) return;
    const columns = this.photo!.image.width;
    const part = new Uint8Array(width * height);
    for (let y = 0; y < height; y++) {
      const start = (top + y) * columns + left;
      part.set(this.photo!.labels.subarray(start, start + width), y * width);
    }
    const pixels = this.coloured(part, width, height, STROKE_ALPHA);
    this.strokes.getContext("2d")!.putImageData(pixels, left, top);
  }

  private coloured(labels: Uint8Array, width: number, height: number, alpha: number): ImageData {
    const shown = new ImageData(width, height);
    const colours = this.colours();
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i]!;
      if (label === IGNORE) continue;
      shown.data.set(colours[label] ?? [0, 0, 0], 4 * i);
      shown.data[4 * i + 3] = alpha;
    }
    return shown;
  }
}
