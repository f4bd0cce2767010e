import { whole } from "./command.ts";

/** The length of images' longer side in pixels, or none for their own size. */
export interface ResizeOption {
  readonly resize?: number | "none";
}

/** Reads the option's text. */
export function longSide(text: string): number | "none" {
  return text === "none" ? text : whole(1)(text);
}

/** What the option says; nothing where it is not given. */
export function resizeOf({ resize }: ResizeOption): { readonly resize?: number | null } {
  return resize === undefined ? {} : { resize: resize === "none" ? null : resize };
}
