import { type PictureHeader, type Reading, sizeAs } from "../images/reading.ts";

/** How EXIF's orientation is taken when an image and its mask are decoded. */
export interface Turning {
  readonly image: "apply" | "ignore";
  readonly labels: "apply" | "ignore";
  /** Why it is not sure that the two are turned alike, in words; null where it is. */
  readonly doubt: string | null;
}

/**
 * Whether EXIF turns an image and its mask. Where nobody has said it: both or none where their
 * orientations are the same, as their sizes say where these fit in one way alone, and in doubt else:
 * a mask without an orientation may have been drawn on the image as it is shown or as it is stored.
 */
export function turningOf(
  image: PictureHeader,
  labels: PictureHeader,
  { exif }: Reading,
): Turning {
  if (exif !== undefined) return { image: exif, labels: exif, doubt: null };
  const turned = { image: "apply", labels: "apply", doubt: null } as const;
  if (image.orientation === labels.orientation) return turned;
  const fits = (how: "apply" | "ignore") => {
    const [a, b] = [sizeAs(how, image), sizeAs(how, labels)];
    return a.width === b.width && a.height === b.height;
  };
  if (!fits("ignore")) return turned; // the sizes say so, or fit in no way
  return { ...turned, doubt: doubtOf(image, labels, fits("apply")) };
}

/** What is known of two that are of one size as they are stored. */
function doubtOf(image: PictureHeader, labels: PictureHeader, fitsTurned: boolean): string {
  const said = ({ orientation }: PictureHeader) =>
    orientation === 1 ? "none" : `orientation ${orientation}`;
  const turns = image.orientation === 1
    ? "EXIF turns the mask, and not the image"
    : labels.orientation > 1
    ? "EXIF turns the image and the mask in two ways"
    : fitsTurned
    ? "EXIF turns the image, and not the mask"
    : "EXIF turns the image, and the mask was drawn on it unturned";
  return `${turns} (${said(image)} in the image, ${said(labels)} in the mask)`;
}
