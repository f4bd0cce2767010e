import sharp from "sharp";

/** Size of an image in pixels as `decodeImage` gives it, and whether EXIF swapped its sides. */
export interface ShownSize {
  readonly width: number;
  readonly height: number;
  readonly turned: boolean;
}

/** Reads an image's size from its header alone, turned as EXIF says; throws where it has none. */
export async function shownSize(path: string): Promise<ShownSize> {
  const { autoOrient, orientation = 1 } = await sharp(path).metadata();
  return { ...autoOrient, turned: orientation >= 5 };
}
