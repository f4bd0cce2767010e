import { type Command, Option } from "commander";
import { MOST_BANDS } from "../../lib/images/image.ts";
import type { Reading } from "../../lib/images/reading.ts";
import { whole } from "./command.ts";

/** A command with the options of how pairs of images and masks are read. */
export function withReadingOptions(command: Command): Command {
  const skipping = new Option(
    "--faulty <how>",
    "annotations that cannot be drawn: refuse the data, or skip them (default: refuse)",
  ).choices(["refuse", "skip"]);
  const channels = new Option(
    "--channels <n>",
    "keep images as they are stored, with so many bands, 1 to 16, of 8 or 16 bits or floats (default: " +
      "8-bit RGB, and bands where the first image is a TIFF of floats or of more bands)",
  ).argParser(whole(1));
  return withMaxPixels(
    command.addOption(channels).addOption(skipping).addOption(
      new Option(
        "--exif <how>",
        "EXIF's orientation of images and masks: apply it where masks were drawn on images as they " +
          "are shown, ignore it where on images as they are stored (default: as sizes and masks say, " +
          "and an error where they do not)",
      ).choices(["apply", "ignore"]),
    ),
  );
}

/** A command with the option of how large images may be. */
function withMaxPixels(command: Command): Command {
  return command.option(
    "--max-pixels <n>",
    "the most pixels of a file (default: what 805 MB of memory hold, 268 million of most images)",
    whole(1),
  );
}

/** Adds how pictures alone are read. */
export function withPictureOptions(command: Command): Command {
  return withMaxPixels(command.addOption(
    new Option(
      "--exif <how>",
      "EXIF's orientation of pictures: apply it, as viewers do, or ignore it (default: as the model's " +
        "training had it, and apply it where that said nothing)",
    ).choices(["apply", "ignore"]),
  ));
}

/** How EXIF's orientation is taken, beside the model's training, in words; null where nobody said. */
export function describedExif(chosen: Reading, model: Reading): string | null {
  const { exif } = { ...model, ...chosen };
  if (exif === undefined) return null;
  const training = exif === model.exif
    ? "as in the model's training"
    : `in the model's training: ${model.exif ?? "nothing said"}`;
  return `EXIF's orientation: ${exif} (${training})`;
}

/** What options say of reading. */
export function readingOf({ exif, maxPixels, faulty, channels }: Reading): Reading {
  return {
    ...exif && { exif },
    ...maxPixels && { maxPixels },
    ...faulty && { faulty },
    ...channels && { channels: checkedChannels(channels) },
  };
}

function checkedChannels(channels: number): number {
  if (channels <= MOST_BANDS) return channels;
  throw new RangeError(
    `Cannot read images: 1 to ${MOST_BANDS} bands (--channels) needed, got ${channels}`,
  );
}
