import { IGNORE } from "../dataset.ts";
import type { LabelTable } from "../label_check.ts";
import type { Pair } from "../pairs.ts";
import { type InspectedSource, maskFacts, type MaskValues } from "./mask_facts.ts";
import type { Problem } from "./problem.ts";

/** Files and pixels that hold something. */
export interface Count {
  readonly files: number;
  readonly pixels: number;
}

/** The histogram of all masks of one kind that are read by the same table. */
export interface Histogram {
  readonly channels: 1 | 3;
  /** Undefined where nobody has said what the values mean, or where the masks were refused. */
  readonly table: LabelTable | undefined;
  readonly files: number;
  /** By raw value or packed colour, in ascending order. */
  readonly values: ReadonlyMap<number, Count>;
  /** Pixels of colours beyond the first 65,536, which are not told apart. */
  readonly further: number;
}

/** A pair with something to say about it. */
export interface Verdict {
  readonly pair: Pair;
  readonly problems: readonly Problem[];
}

/** What was found in the masks of a data set. */
export interface Inspection {
  readonly source: InspectedSource;
  readonly histograms: readonly Histogram[];
  /** By class: the masks that have it and its pixels. */
  readonly classes: readonly Count[];
  readonly ignored: number;
  readonly outside: number;
  /** Of all masks that could be read. */
  readonly pixels: number;
  /** In the order of the pairs. */
  readonly verdicts: readonly Verdict[];
}

/** Masks in flight: decoding is off the JavaScript thread. */
const AT_ONCE = 8;
/** Masks of invented colours have millions of them; memory stays flat. */
const MOST_KEYS = 65536;

/**
 * Reads every mask of a source, a few at once, and the header of every image. It stops at nothing;
 * `done` hears how many pairs were read.
 */
export async function inspect(
  source: InspectedSource,
  done: (pairs: number) => void = () => {},
): Promise<Inspection> {
  const { pairs } = source;
  const tally = new Tally(source);
  let [next, finished] = [0, 0];
  const work = async () => {
    while (next < pairs.length) {
      const index = next++;
      const { problems, counts } = await maskFacts(pairs[index]!, source);
      tally.add(index, problems, counts);
      done(++finished);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return tally.result();
}

interface OpenHistogram extends Histogram {
  files: number;
  readonly values: Map<number, { files: number; pixels: number }>;
  further: number;
}

class Tally {
  private readonly histograms = new Map<string, OpenHistogram>();
  private readonly classes: { files: number; pixels: number }[];
  private readonly verdicts: (readonly [number, Verdict])[] = [];
  private readonly tables = new WeakMap<LabelTable, string>();
  private ignored = 0;
  private outside = 0;
  private pixels = 0;

  constructor(private readonly source: InspectedSource) {
    this.classes = source.classes.map(() => ({ files: 0, pixels: 0 }));
  }

  add(index: number, problems: readonly Problem[], counts: MaskValues | null): void {
    const pair = this.source.pairs[index]!;
    if (problems.length > 0) this.verdicts.push([index, { pair, problems }]);
    if (!counts) return;
    const histogram = this.histogramOf(counts);
    histogram.files++;
    const found = new Set<number>();
    for (const [key, pixels] of counts.pixels) {
      this.pixels += pixels;
      const count = histogram.values.get(key) ?? { files: 0, pixels: 0 };
      count.files++;
      count.pixels += pixels;
      if (histogram.values.has(key) || histogram.values.size < MOST_KEYS) {
        histogram.values.set(key, count);
      } else histogram.further += pixels;
      const meaning = counts.table?.get(key);
      if (meaning === IGNORE) this.ignored += pixels;
      else if (meaning === undefined) this.outside += counts.table ? pixels : 0;
      else {
        this.classes[meaning]!.pixels += pixels;
        found.add(meaning);
      }
    }
    for (const index of found) this.classes[index]!.files++;
  }

  result(): Inspection {
    const { source, classes, ignored, outside, pixels } = this;
    const histograms = [...this.histograms.values()]
      .sort((a, b) => b.files - a.files || a.channels - b.channels)
      .map((one) => ({ ...one, values: new Map([...one.values].sort(([a], [b]) => a - b)) }));
    const verdicts = this.verdicts.sort(([a], [b]) => a - b).map(([, verdict]) => verdict);
    return { source, histograms, classes, ignored, outside, pixels, verdicts };
  }

  /** Tables are told apart by what they say: a reader may make a new one for each file. */
  private histogramOf({ channels, table }: MaskValues): OpenHistogram {
    let text = "";
    if (table) {
      text = this.tables.get(table) ?? [...table].join(";");
      this.tables.set(table, text);
    }
    const key = `${channels} ${text}`;
    const known = this.histograms.get(key);
    if (known) return known;
    const made = { channels, table, files: 0, values: new Map(), further: 0 };
    this.histograms.set(key, made);
    return made;
  }
}
