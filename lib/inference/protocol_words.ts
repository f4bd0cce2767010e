import type { Protocol, Resize } from "../families/protocol.ts";

/** A test protocol in words: sizes, windows and their distance in pixels, scales, mirror images. */
export function protocolWords({ resize, multiple, windows, ratios, flip }: Protocol): string {
  return [
    sizeWords(resize) + (multiple > 1 ? `, sides rounded up to multiples of ${multiple}` : ""),
    windows ? `windows of ${windows.window} pixels every ${windows.stride}` : "seen whole",
    ratios.length > 1 ? `the mean of scales ${ratios.join(", ")}` : `scale ${ratios[0]}`,
    flip ? "with the mirror image" : "no mirror image",
  ].join("; ");
}

function sizeWords(resize: Resize): string {
  if (resize.to === "box") return `images fitted into ${resize.box.long}×${resize.box.short}`;
  if (resize.to === "size") return `images resized to ${resize.size.join("×")}`;
  if (resize.to === "shortest edge") return `images with a short side of ${resize.edge}`;
  if (resize.to === "own size") return "images of their own size";
  return `images with a short side of ${Math.max(resize.short, resize.least)}`;
}
