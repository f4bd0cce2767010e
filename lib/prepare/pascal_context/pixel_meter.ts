/** Pixels that each byte of the annotations may stand for; in what was published it is about 6. */
const RATIO = 32;

/** Pixels that a file of any size may have. */
const FREE = 1 << 24;

/** Counts pixels that are drawn, and refuses a small file that would keep the processor busy for hours. */
export class PixelMeter {
  #left: number;

  /** For a file of so many bytes. */
  constructor(readonly path: string, bytes: number) {
    this.#left = FREE + RATIO * bytes;
  }

  /** Counts pixels of an image or of a region. */
  add(pixels: number): void {
    this.#left -= pixels;
    if (this.#left >= 0) return;
    throw new RangeError(
      `Cannot convert ${this.path}: it needs images and regions of at most ${RATIO} pixels for each of ` +
        `its bytes, got more`,
    );
  }
}
