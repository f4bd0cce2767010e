/**
 * How many masks are named like an image and one ending, by that ending: `_mask` of `a_mask` beside the
 * image `a`; the most frequent first, and the shorter of two that are as frequent, since `img_10_mask`
 * may be read as `img_1` and `0_mask`.
 */
export function maskEndings(
  images: Iterable<string>,
  masks: Iterable<string>,
): readonly (readonly [ending: string, masks: number])[] {
  const known = new Set(images);
  const counts = new Map<string, number>();
  for (const mask of masks) {
    for (let length = 1; length < mask.length; length++) {
      if (!known.has(mask.slice(0, length))) continue;
      const ending = mask.slice(length);
      counts.set(ending, (counts.get(ending) ?? 0) + 1);
    }
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || a.length - b.length);
}

/** What most masks without partner have behind the name of an image; undefined where it is nothing. */
export function commonEnding(
  images: readonly string[],
  masks: readonly string[],
): string | undefined {
  const [best] = maskEndings(images, masks);
  return best !== undefined && 2 * best[1] > masks.length ? best[0] : undefined;
}
