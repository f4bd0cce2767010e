import { whole } from "./command.ts";

/** Reads the length of images' longer side in pixels, or "none" for their own size. */
export function longSide(text: string): number | null {
  return text === "none" ? null : whole(1)(text);
}
