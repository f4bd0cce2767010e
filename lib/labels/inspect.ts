import type { LabelTable } from "../data/label_table.ts";
import type { Pair } from "../data/pairs.ts";
import { IGNORE } from "../images/image.ts";
import { inFlight } from "../in_flight.ts";
import { ofLongWork, type OnProgress } from "../progress.ts";
import { type InspectedSource, maskFacts, type MaskValues } from "./mask_facts.ts";
import type { Problem } from "./problem.ts";

/** Files and pixels that hold something. */
export interface Count {
  readonly files: number;
  readonly pixels: number;
}

/** What values some masks hold. */
export interface ValueCounts {
  readonly files: number;
  /** By raw value or packed colour, in ascending order. */
  readonly values: ReadonlyMap<number, Count>;
  /** Pixels of colours beyond the first 65,536, which are not told apart. */
  readonly further: number;
  /** The first mask that has a value. */
  readonly holders?: ReadonlyMap<number, string>;
}

/** The histogram of all masks of one kind that are read by the same table. */
export interface Histogram extends ValueCounts {
  readonly channels: 1 | 3;
  /** Undefined where nobody has said what the values mean, or where the masks were refused. */
  readonly table: LabelTable | undefined;
  /** Those of them that look neither smeared nor resized, which both invent values. */
  readonly sound: ValueCounts;
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

/** Masks that are decoded at once: decoding is off the JavaScript thread, which has four others. */
const AT_ONCE = 4;

/** Masks of invented colours have millions of them; memory stays flat. */
const MOST_KEYS = 65536;

/**
 * Decodes every mask of a source and its image, a few at once, and keeps none. It stops at nothing;
 * `done` hears how many pairs were read.
 */
export async function inspect(
  source: InspectedSource,
  done: (pairs: number) => void = () => {},
): Promise<Inspection> {
  const { pairs } = source;
  const tally = new Tally(source);
  let finished = 0;
  const factsOf = async (pair: Pair) => ({ pair, ...await maskFacts(pair, source) });
  for await (const { pair, problems, counts } of inFlight(pairs, AT_ONCE, factsOf)) {
    tally.add(pair, problems, counts);
    done(++finished);
  }
  return tally.result();
}

/** Inspects the pairs of a source; progress is told where that takes longer than a second. */
export async function inspectLabels(
  source: InspectedSource,
  onProgress: OnProgress = () => {},
): Promise<Inspection> {
  const { name, pairs: { length: total } } = source;
  const tell = ofLongWork(onProgress);
  return await inspect(
    source,
    (done) => tell({ title: `looking at ${name}`, done, total, unit: "image" }),
  );
}

class OpenValues implements ValueCounts {
  files = 0;
  values = new Map<number, { files: number; pixels: number }>();
  further = 0;
  holders = new Map<number, string>();

  add(mask: string, pixels: ReadonlyMap<number, number>): void {
    this.files++;
    for (const [key, number] of pixels) {
      const count = this.values.get(key) ?? { files: 0, pixels: 0 };
      count.files++;
      count.pixels += number;
      if (this.values.has(key) || this.values.size < MOST_KEYS) {
        this.values.set(key, count);
        if (count.files === 1) this.holders.set(key, mask);
      } else this.further += number;
    }
  }

  sorted(): ValueCounts {
    return { ...this, values: new Map([...this.values].sort(([a], [b]) => a - b)) };
  }
}

interface OpenHistogram {
  readonly channels: 1 | 3;
  readonly table: LabelTable | undefined;
  readonly all: OpenValues;
  readonly sound: OpenValues;
}

/** The values of the sound masks, or of all where none is. */
export function trusted(histogram: Histogram): ValueCounts {
  return histogram.sound.files > 0 ? histogram.sound : histogram;
}

/**
 * Whether a value is one that masks are meant to hold, by itself: it is in several masks and covers more
 * than stray pixels of them (a small thing, as CamVid's bicyclists, covers 0.5 %). Of one or two masks
 * any value is.
 */
export function isUsual({ files, values }: ValueCounts, key: number): boolean {
  const count = values.get(key);
  if (!count || files < 3) return count !== undefined;
  let total = 0;
  for (const { pixels } of values.values()) total += pixels;
  return count.files > 1 && count.pixels / count.files > total / files / 500;
}

class Tally {
  private readonly histograms = new Map<string, OpenHistogram>();
  private readonly classes: { files: number; pixels: number }[];
  private readonly verdicts: Verdict[] = [];
  private readonly tables = new WeakMap<LabelTable, string>();
  private ignored = 0;
  private outside = 0;
  private pixels = 0;

  constructor(private readonly source: InspectedSource) {
    this.classes = source.classes.map(() => ({ files: 0, pixels: 0 }));
  }

  add(pair: Pair, problems: readonly Problem[], counts: MaskValues | null): void {
    if (problems.length > 0) this.verdicts.push({ pair, problems });
    if (!counts) return;
    const { all, sound } = this.histogramOf(counts);
    all.add(pair.labels, counts.pixels);
    if (!counts.damaged) sound.add(pair.labels, counts.pixels);
    const found = new Set<number>();
    for (const [key, pixels] of counts.pixels) {
      this.pixels += pixels;
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
    const { source, classes, ignored, outside, pixels, verdicts } = this;
    const histograms = [...this.histograms.values()]
      .map(({ channels, table, all, sound }) => ({
        channels,
        table,
        ...all.sorted(),
        sound: sound.sorted(),
      }))
      .sort((a, b) => b.files - a.files || a.channels - b.channels);
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
    const made = { channels, table, all: new OpenValues(), sound: new OpenValues() };
    this.histograms.set(key, made);
    return made;
  }
}
