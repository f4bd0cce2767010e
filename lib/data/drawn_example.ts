import { decodePhoto } from "../images/decode.ts";
import type { LabelMap } from "../images/image.ts";
import type { Objects } from "../images/objects.ts";
import { openPicture } from "../images/picture_file.ts";
import { type PictureHeader, type Reading, sizeAs } from "../images/reading.ts";
import { withRemedy } from "../remedy.ts";
import type { Example } from "./dataset.ts";
import { type Turning, turningOf } from "./exif_turning.ts";
import type { DrawnLabels, Pair } from "./pairs.ts";
import type { PixelSize } from "./working_size.ts";

/** An example whose labels are drawn from annotations. */
export async function drawnExample(
  pair: Pair,
  drawn: DrawnLabels,
  reading: Reading,
): Promise<Example> {
  const { photo, turning } = await openDrawn(pair, drawn, reading);
  const { image } = await decodePhoto(photo, { ...reading, exif: turning.image });
  return { name: pair.name, image, labels: await drawLabels(pair, drawn, image) };
}

/** The objects of a pair whose annotations tell them apart, for its image as it is read. */
export async function drawnObjects(
  pair: Pair,
  drawn: DrawnLabels & Required<Pick<DrawnLabels, "objects">>,
  reading: Reading,
): Promise<Objects> {
  const { photo, turning } = await openDrawn(pair, drawn, reading);
  const size = turnedSize(photo.header, turning);
  return await drawn.objects(requireSize(pair, drawn, size));
}

/** A pair's image, and how it is turned; a RangeError where that is in doubt. */
async function openDrawn(pair: Pair, drawn: DrawnLabels, reading: Reading) {
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
  return { photo, turning };
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
  pair: Pair,
  drawn: DrawnLabels,
  size: PixelSize,
): Promise<LabelMap> {
  return await drawn.draw(requireSize(pair, drawn, size));
}

function requireSize(
  { image, labels }: Pair,
  { size }: DrawnLabels,
  { width, height }: PixelSize,
): PixelSize {
  const given = size ?? { width, height };
  if (given.width === width && given.height === height) return given;
  throw new RangeError(
    `Cannot draw the labels of ${image}: needs an image of ${given.width}×${given.height} pixels, as ` +
      `${labels} says, got ${width}×${height}; take the images that were annotated`,
  );
}

/** The size of an image that is turned as a reading says. */
export function turnedSize(header: PictureHeader, turning: Turning) {
  return sizeAs(turning.image, header);
}
