import { memoryUsage } from "node:process";
import type { TrainConfig } from "../train/config.ts";
import { byteSize, counted } from "../words.ts";

/**
 * What a run on so many images will be, where a step takes so many seconds: steps, epochs, time and the
 * memory that this process has by now, which is that of training.
 */
export function planWords(
  config: Pick<TrainConfig, "steps" | "batch" | "accumulate" | "crop" | "validate">,
  images: number,
  seconds: number,
  bytes: number = memoryUsage().rss,
): string {
  const { steps, batch, accumulate, crop, validate } = config;
  const epochs = steps * accumulate / Math.floor(images / batch);
  const looks = validate === null ? 0 : Math.ceil(steps / validate.every);
  return [
    `${counted(steps, "step")} of ${counted(batch * accumulate, "crop")} of ${crop}×${crop} pixels`,
    `${Number(epochs.toPrecision(3))} epochs of ${counted(images, "image")}`,
    `${timeWords(steps * seconds)} (${Number(seconds.toPrecision(2))} s a step, measured on 3)` +
    (looks === 0 ? "" : ` and ${counted(looks, "look")} at ${validate!.images} validation images`),
    `${byteSize(bytes)} of memory`,
  ].join(" · ");
}

/** `40 s`, `12 min`, `3.5 h`: two digits are all that three steps tell. */
function timeWords(seconds: number): string {
  const [value, unit] = seconds < 60
    ? [seconds, "s"]
    : seconds < 3600
    ? [seconds / 60, "min"]
    : [seconds / 3600, "h"];
  return `about ${Number(value.toPrecision(2))} ${unit}`;
}
