import { decodeLabels, type RawLabels } from "../images/decode.ts";
import { IGNORE } from "../images/image.ts";
import { type Objects, type Segment, withPixels } from "../images/objects.ts";
import { listed } from "../words.ts";
import type { Extent } from "./patch.ts";

/** What the id of a panoptic PNG means. */
export interface PanopticEntry {
  readonly id: number;
  /** The index of its class, or IGNORE. */
  readonly label: number;
  readonly isCrowd: boolean;
}

/**
 * Reads the objects of a PNG of ids: red + 256 green + 65536 blue, 0 for none. Segments of one class of
 * stuff are one object. An id without an entry is a RangeError; entries without a pixel are gone.
 */
export async function drawnPanoptic(
  file: string,
  entries: readonly PanopticEntry[],
  things: readonly boolean[],
  size: Extent,
): Promise<Objects> {
  const raw = await decodeLabels(file);
  requireMap(raw, size, file);
  const table = new Map([[0, 0], ...idsOf(entries, things)]);
  const data = new Int32Array(size.width * size.height);
  const unknown = new Set<number>();
  for (let i = 0, last = -1, id = 0; i < data.length; i++) {
    const key = raw.data[3 * i]! + 256 * raw.data[3 * i + 1]! + 65536 * raw.data[3 * i + 2]!;
    if (key !== last) { // ids come in runs: look each run up once
      last = key;
      if (!table.has(key)) unknown.add(key);
      id = table.get(key) ?? 0;
    }
    data[i] = id;
  }
  if (unknown.size > 0) {
    throw new RangeError(
      `Cannot read the objects of ${file}: ids that its JSON lists needed (${
        listed(entries, ({ id }) => `${id}`)
      }), got ${listed([...unknown], (id) => `${id}`)}`,
    );
  }
  const segments = entries.filter(({ id }) => table.get(id) === id)
    .map(({ id, label, isCrowd }): Segment => ({ id, class: label, ...isCrowd && { isCrowd } }));
  return withPixels({ ...size, data, segments });
}

/** What becomes of each id: none where it is ignored, and that of the first segment of its stuff. */
function idsOf(
  entries: readonly PanopticEntry[],
  things: readonly boolean[],
): readonly (readonly [number, number])[] {
  const stuff = new Map<number, number>();
  return entries.map(({ id, label }) => {
    if (label === IGNORE) return [id, 0] as const;
    if (things[label]) return [id, id] as const;
    const first = stuff.get(label) ?? id;
    stuff.set(label, first);
    return [id, first] as const;
  });
}

function requireMap(raw: RawLabels, { width, height }: Extent, file: string): void {
  const tried = `Cannot read the objects of ${file}`;
  if (raw.channels !== 3) {
    throw new RangeError(
      `${tried}: an RGB PNG of ids (red + 256 green + 65536 blue) needed, got a grey or palette one`,
    );
  }
  if (raw.width === width && raw.height === height) return;
  throw new RangeError(
    `${tried}: a map of the image's ${width}×${height} pixels needed, got ${raw.width}×${raw.height}`,
  );
}
