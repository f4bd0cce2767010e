import type { Protocol } from "../families/protocol.ts";
import type { Image } from "../images/image.ts";
import { viewsOf } from "../inference/views.ts";

/**
 * How many windows the longer side of a picture may have: networks that were trained here learned from
 * images of at most three crops, enlarged at most twice.
 */
const MOST_WINDOWS = 6;
/** How much a picture may be enlarged before a network sees more blur than things. */
const MOST_ENLARGED = 4;

/** Says in words that a network is shown a picture at a scale far from any that it learned; or null. */
export function scaleDoubt(protocol: Protocol, { width, height }: Image): string | null {
  const [view] = viewsOf([height, width], { ...protocol, ratios: [1], flip: false });
  const long = Math.max(...view!.seen);
  const own = Math.max(width, height);
  if (long > MOST_ENLARGED * own) {
    return `its ${width}×${height} pixels are enlarged ${(long / own).toFixed(1)} times`;
  }
  const side = Math.max(...view!.window);
  if (long <= MOST_WINDOWS * side) return null;
  return `each window of ${side} pixels shows a small part of ${view!.seen[1]}×${view!.seen[0]}; ` +
    `where the network learned from smaller pictures, have this one shown at their length (resize)`;
}
