import { extname } from "node:path";
import sharp from "sharp";
import { writeAtomically } from "../files.ts";
import { rasterise } from "./rasterise.ts";

/** The symbol by which Deno's Jupyter kernel asks a value for its picture. */
const display = Symbol.for("Jupyter.display");

/** A drawing as SVG text, of a white ground; PNG has two pixels for each of its units. */
export class Drawing {
  constructor(readonly svg: string) {}

  /** The drawing as PNG, twice as wide and high as the SVG's size in units. */
  async png(): Promise<Uint8Array> {
    const drawn = await rasterise(this.svg, 2);
    return await sharp(drawn).flatten({ background: "white" }).png({ compressionLevel: 9 })
      .toBuffer();
  }

  /** Writes `<path>.svg` and `<path>.png`. */
  async save(path: string): Promise<void> {
    await writeAtomically(`${path}.svg`, this.svg);
    await writeAtomically(`${path}.png`, await this.png());
  }

  [display](): Record<string, string> {
    return { "image/svg+xml": this.svg };
  }
}

/** A picture of pixels, held as the bytes of a PNG file. */
export class Photograph {
  constructor(private readonly bytes: Uint8Array) {}

  /** The picture as PNG. */
  png(): Promise<Uint8Array> {
    return Promise.resolve(this.bytes);
  }

  /** Writes PNG to a path that ends in .png, JPEG of quality 85 to one that ends in .jpg or .jpeg. */
  async save(path: string): Promise<void> {
    const extension = extname(path).toLowerCase();
    if (extension === ".png") return await writeAtomically(path, this.bytes);
    if (extension !== ".jpg" && extension !== ".jpeg") {
      throw new RangeError(`Cannot save ${path}: it needs to end in .png, .jpg or .jpeg`);
    }
    await writeAtomically(path, await sharp(this.bytes).jpeg({ quality: 85 }).toBuffer());
  }

  /** As JPEG, a quarter of PNG's bytes: notebooks are committed with their outputs. */
  async [display](): Promise<Record<string, string>> {
    const jpeg = await sharp(this.bytes).jpeg({ quality: 85 }).toBuffer();
    return { "image/jpeg": jpeg.toString("base64") };
  }
}
