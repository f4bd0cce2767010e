import type { Batch } from "../data/batches.ts";
import { withPixels } from "../images/objects.ts";

/**
 * Says once that a crop shows more objects than a network learns from at a time, which are `room`; null of a
 * network that learns classes alone.
 */
export function crowdedWarning(
  room: number | null,
  say: (text: string) => void,
): (micro: readonly Batch[]) => void {
  let warned = room === null;
  return (micro) => {
    if (warned) return;
    const counts = micro.flatMap(({ objects = [] }) =>
      objects.map((one) => withPixels(one).segments.filter(({ isCrowd }) => !isCrowd).length)
    );
    const most = Math.max(0, ...counts);
    if (most <= room!) return;
    warned = true;
    say(
      `Warning: a crop shows ${most} objects, of which the network learns the ${room} largest; smaller crops ` +
        `show fewer, and a network with more queries and room has more. Others like it are not mentioned.`,
    );
  };
}
