import { decodePhoto } from "../images/decode.ts";
import type { LabelMap } from "../images/image.ts";
import { openPicture } from "../images/picture_file.ts";
import { type PictureHeader, type Reading, sizeAs } from "../images/reading.ts";
import { withRemedy } from "../remedy.ts";
import type { Example } from "./dataset.ts";
import { type Turning, turningOf } from "./exif_turning.ts";
import type { DrawnLabels, Pair } from "./pairs.ts";

/** An example whose labels are drawn from annotations. */
export async function drawnExample(
  pair: Pair,
  drawn: DrawnLabels,
  reading: Reading,
): Promise<Example> {
  const photo = await openPicture(pair.image);
  const turning = drawnTurning(photo.header, drawn, reading);
  if (turning.doubt !== null) {
    const error = new RangeError(
      `Cannot draw the labels of ${pair.image} from ${pair.labels}: needs to know whether it was ` +
        `annotated as it is shown or as it is stored, got ${turning.doubt}; look at one, and have ` +
        `EXIF's orientation applied or ignored`,
    );
    throw withRemedy(error, { kind: "exif" });
  }
  const { image } = await decodePhoto(photo, { ...reading, exif: turning.image });
  return { name: pair.name, image, labels: await drawLabels(pair, drawn, image) };
}

/**
 * Whether EXIF turns an image on which annotations were drawn: as the size says that these state, and
 * always where they state none, since tools show images as viewers do.
 */
export function drawnTurning(
  header: PictureHeader,
  { size }: DrawnLabels,
  reading: Reading,
): Turning {
  if (size === null) {
    const how = reading.exif ?? "apply";
    return { image: how, labels: how, doubt: null };
  }
  return turningOf(header, { ...header, ...size, orientation: 1 }, reading);
}

/** The labels of a pair for an image of this size; another one than was annotated is a RangeError. */
export async function drawLabels(
  { image, labels }: Pair,
  { size, draw }: DrawnLabels,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<LabelMap> {
  const given = size ?? { width, height };
  if (given.width === width && given.height === height) return await draw(given);
  throw new RangeError(
    `Cannot draw the labels of ${image}: needs an image of ${given.width}×${given.height} pixels, as ` +
      `${labels} says, got ${width}×${height}; take the images that were annotated`,
  );
}

/** The size of an image that is turned as a reading says. */
export function turnedSize(header: PictureHeader, turning: Turning) {
  return sizeAs(turning.image, header);
}
