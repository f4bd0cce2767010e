import { IGNORE, type Image } from "../../../lib/images/image.ts";

/** A rectangle of pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A point of a photo in its pixels. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

const MOST_UNDONE = 20;

/** A photo, the strokes on it, and what the network last made of it. */
export class TrainingPhoto {
  /** The class of each pixel, or 255 where there is no stroke. */
  labels: Uint8Array;
  /** The class of each pixel by the network; null where it has not looked yet. */
  found: Uint8Array | null = null;
  private readonly before: Uint8Array[] = [];

  constructor(readonly id: number, readonly name: string, readonly image: Image) {
    this.labels = new Uint8Array(image.width * image.height).fill(IGNORE);
  }

  /** Whether there is a stroke of a class, or of any. */
  has(label?: number): boolean {
    return label === undefined
      ? this.labels.some((found) => found !== IGNORE)
      : this.labels.includes(label);
  }

  /** Remembers the strokes as they are, for `undo`. */
  begin(): void {
    this.before.push(this.labels.slice());
    if (this.before.length > MOST_UNDONE) this.before.shift();
  }

  /** Takes the last stroke back. */
  undo(): void {
    this.labels = this.before.pop() ?? this.labels;
  }

  /** Removes all strokes. */
  clear(): void {
    this.begin();
    this.labels.fill(IGNORE);
  }

  /** Gives classes other numbers; what has none loses its strokes. */
  renumber(to: (label: number) => number): void {
    this.before.length = 0;
    this.labels = this.labels.map((label) => label === IGNORE ? IGNORE : to(label));
    this.found = null;
  }

  /** Draws a stroke's piece with a round brush; gives what it may have changed. */
  paint(from: Spot, to: Spot, radius: number, label: number): Box {
    const { width, height } = this.image;
    const left = Math.max(0, Math.floor(Math.min(from.x, to.x) - radius));
    const top = Math.max(0, Math.floor(Math.min(from.y, to.y) - radius));
    const right = Math.min(width, Math.ceil(Math.max(from.x, to.x) + radius) + 1);
    const bottom = Math.min(height, Math.ceil(Math.max(from.y, to.y) + radius) + 1);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const isNear = distanceSquared({ x: x + 0.5, y: y + 0.5 }, from, to) <= radius * radius;
        if (isNear) this.labels[y * width + x] = label;
      }
    }
    return { left, top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
  }
}

/** From a point to a line between two others. */
function distanceSquared({ x, y }: Spot, from: Spot, to: Spot): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((x - from.x) * dx + (y - from.y) * dy) / length;
  const at = Math.min(1, Math.max(0, along));
  return (x - from.x - at * dx) ** 2 + (y - from.y - at * dy) ** 2;
}
