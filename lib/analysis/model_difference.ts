import type { Dataset, Example } from "../data/dataset.ts";
import { checkedDataset } from "../data/checked.ts";
import { type ClassKey, IGNORE, type LabelMap } from "../images/image.ts";
import { shownImage } from "../images/shown_bands.ts";
import { inFlight } from "../in_flight.ts";
import { predictorOf, type UseOptions } from "../inference/predictor_of.ts";
import type { OpenedModel } from "../models/open.ts";
import type { Listener } from "../progress.ts";
import { type Agreement, agreementPanels } from "../report/agreement_panels.ts";
import { accuracyByBin, pairShares, positionFigure } from "../report/difference_figures.ts";
import type { Drawing, Photograph } from "../report/picture.ts";
import { requireSameClasses } from "../sets/class_list.ts";
import { share } from "../words.ts";
import { type Counted, DifferenceCounts } from "./difference_counts.ts";
import { Finding } from "./finding.ts";
import { rounded } from "./maps.ts";

/** How networks are compared. */
export interface DifferenceOptions extends UseOptions, Listener {
  /** What the networks are called; "A" and "B" if not given. */
  readonly names?: readonly string[];
}

/** Where two networks differ, or where one is wrong, on a labelled data set. */
export class ModelDifference extends Finding {
  /** How its files are named. */
  override readonly name = "difference";

  /**
   * Takes what was counted.
   *
   * @internal
   */
  constructor(
    /** The data set. */
    readonly data: string,
    /** What the networks are called: two, or one whose answers were compared with the labels. */
    readonly names: readonly string[],
    private readonly key: ClassKey,
    private readonly counts: DifferenceCounts,
    /** Mean width to height of the images. */
    private readonly aspect: number,
    /** The images of which the largest share of pixels differs, the first most. */
    private readonly examples: readonly Agreement[],
  ) {
    super();
  }

  /** The sums in a sentence or two. */
  override text(): string {
    const { pixels, differ, right } = this.counts.all;
    const of = (part: number) => share(part, pixels);
    const labelled = `${pixels.toLocaleString("en-US")} labelled pixels of ${this.data}`;
    if (this.names.length === 1) {
      return `${this.names[0]} is wrong on ${of(differ)} of ${labelled}.`;
    }
    const [first, second] = this.names;
    const [alone, other] = [this.#alone(0), this.#alone(1)];
    return `On ${of(differ)} of ${labelled} ${first} and ${second} ` +
      `say different classes: there only ${first} is right on ${of(alone)}, only ${second} on ` +
      `${of(other)}, neither on ${of(differ - alone - other)}. Right are ${first} on ` +
      `${of(right[0])} and ${second} on ${of(right[1])}.`;
  }

  /** All numbers. */
  override toJSON(): unknown {
    const { data, names, counts, key: { classes } } = this;
    const shares = ({ pixels, differ, right }: Counted) => ({
      pixels,
      differ: ratio(differ, pixels),
      accuracy: this.#ofNetworks(right).map((count) => ratio(count, pixels)),
    });
    const total = counts.all.pixels;
    return {
      data,
      networks: names,
      ...shares(counts.all),
      by_distance_to_boundary: counts.byDistance.map(({ range, ...counted }) => {
        return { pixels_from: range[0], pixels_to: bound(range[1]), ...shares(counted) };
      }),
      by_object_size: counts.bySize.map(({ range, objects, found, ...counted }) => ({
        area_from: range[0],
        area_below: bound(range[1]),
        objects,
        half_right: this.#ofNetworks(found),
        ...shares(counted),
      })),
      by_class_pair: counts.pairs.map((pair) => ({
        said: pair.said.map((index) => classes[index]!),
        pixels: pair.pixels,
        share: ratio(pair.pixels, total),
        right: pair.right,
      })),
      by_position: {
        differ: counts.byPosition.map((row) => row.map((cell) => ratio(cell.differ, cell.pixels))),
        ...names.length > 1 && {
          accuracy_second_less_first: counts.byPosition.map((row) => row.map(gainOf).map(orNull)),
        },
      },
    };
  }

  /** The pictures by what is added to the names of their files. */
  override async pictures(): Promise<Readonly<Record<string, Drawing | Photograph>>> {
    const { counts, names } = this;
    const labelled = counts.all.pixels;
    const accuracies = ({ pixels, right }: Counted) =>
      this.#ofNetworks(right).map((count) => count / pixels);
    const distances = counts.byDistance.map(({ range, ...counted }) => ({
      label: rangeText(range),
      note: share(counted.pixels, labelled),
      accuracies: accuracies(counted),
    }));
    const sizes = counts.bySize.map(({ range, objects, ...counted }) => ({
      label: sizeText(range),
      note: objects.toLocaleString("en-US"),
      accuracies: accuracies(counted),
    }));
    const pairs = counts.pairs.length > 0 ? { pairs: this.#drawnPairs() } : {};
    return {
      distance: accuracyByBin(distances, names, {
        x: "distance to the next boundary of the labels (pixels), below it the share of all pixels →",
        y: "pixels that are right",
      }),
      size: accuracyByBin(sizes, names, {
        x: "area of the labelled object (pixels), below it how many objects →",
        y: "pixels that are right",
      }),
      ...pairs,
      position: this.#drawnPositions(),
      images: await agreementPanels(this.examples, this.key),
    };
  }

  #drawnPairs(): Drawing {
    const { counts, names, key: { classes } } = this;
    const total = counts.all.pixels;
    const one = names.length === 1;
    const pairs = counts.pairs.map(({ said: [a, b], pixels, right }) => ({
      label: `${classes[a]} ${one ? "→" : "|"} ${classes[b]}`,
      shares: one
        ? [pixels / total]
        : [...right, pixels - right[0] - right[1]].map((count) => count / total),
    }));
    const kinds = one ? ["wrong"] : [`${names[0]} is right`, `${names[1]} is right`, "neither"];
    return pairShares(
      pairs,
      kinds,
      one
        ? `label → what ${names[0]} says: share of all pixels (%) →`
        : `what ${names[0]} says | what ${names[1]} says: share of all pixels (%) →`,
    );
  }

  #drawnPositions(): Drawing {
    const { counts: { byPosition }, names, aspect } = this;
    const two = names.length > 1;
    const values = byPosition.map((row) =>
      row.map((cell) => 100 * (two ? gainOf(cell) : cell.differ / cell.pixels))
    );
    const sizes = values.flat().filter((value) => !Number.isNaN(value)).map(Math.abs);
    return positionFigure({
      values,
      title: two
        ? `accuracy of ${names[1]} less that of ${names[0]} (points)`
        : `pixels on which ${names[0]} is wrong (%)`,
      signed: two,
      largest: sizes.reduce((a, b) => Math.max(a, b), 0),
    }, aspect);
  }

  /** Of two voices those that are networks: the first is the ground truth where there is one network. */
  #ofNetworks(voices: readonly [number, number]): number[] {
    return this.names.length > 1 ? [...voices] : [voices[1]];
  }

  /** Pixels on which the networks differ and only the first, or only the second, is right. */
  #alone(network: 0 | 1): number {
    return this.counts.pairs.reduce((sum, { right }) => sum + right[network], 0);
  }
}

/** So many images are shown. */
const SHOWN = 3;

/**
 * Where two networks differ on a labelled data set, or where one is wrong (`second` is null): by the
 * distance to the next boundary of the labels, by the size of objects, by what they say, and by the place
 * in the image. Both see images by their own protocols unless one is chosen.
 */
export async function modelDifference(
  first: OpenedModel,
  second: OpenedModel | null,
  dataset: Dataset,
  { names = ["A", "B"], onProgress, onMessage: _, ...use }: DifferenceOptions = {},
): Promise<ModelDifference> {
  const doing = "Cannot compare networks";
  const models = second ? [first, second] : [first];
  const predictors = models.map((model) => predictorOf(model, use, doing));
  const data = checkedDataset(dataset, doing);
  for (const { classes } of models) requireSameClasses(classes, data, doing);
  const titles = models.map((_, i) => names[i] ?? "AB"[i]!);
  const counts = new DifferenceCounts();
  const worst: (Agreement & { readonly differ: number })[] = [];
  let [done, aspects] = [0, 0];
  const tell = () => {
    const title = second ? `comparing on ${data.name}` : `looking for errors on ${data.name}`;
    onProgress?.({ title, done, total: data.length, unit: "image" });
  };
  tell();
  const read = (index: number) =>
    Promise.all([data.example(index), data.instances?.(index) ?? null]);
  for await (const [example, instances] of inFlight(Array(data.length).keys(), 2, read)) {
    const said: LabelMap[] = [];
    for (const predictor of predictors) said.push((await predictor.predict(example.image)).labels);
    const voices = second ? [said[0]!, said[1]!] as const : [example.labels, said[0]!] as const;
    counts.add(example.labels, voices, instances);
    worst.push({ ...agreementOf(example, said, titles), differ: differing(example, voices) });
    worst.sort((a, b) => b.differ - a.differ).splice(SHOWN);
    aspects += example.image.width / example.image.height;
    done++;
    tell();
  }
  return new ModelDifference(data.name, titles, data, counts, aspects / done, worst);
}

function agreementOf(
  { name, image, labels }: Example,
  said: readonly LabelMap[],
  titles: readonly string[],
): Agreement {
  return {
    name,
    image: shownImage(image),
    labels,
    said: said.map((map, i) => {
      return [said.length > 1 ? `${"AB"[i]}: ${titles[i]}` : titles[i]!, map] as const;
    }),
  };
}

/** The share of labelled pixels of which both say different classes. */
function differing({ labels }: Example, [a, b]: readonly [LabelMap, LabelMap]): number {
  let [pixels, differ] = [0, 0];
  labels.data.forEach((label, i) => {
    if (label === IGNORE) return;
    pixels++;
    if (a.data[i] !== b.data[i]) differ++;
  });
  return pixels === 0 ? 0 : differ / pixels;
}

function gainOf({ pixels, right }: Counted): number {
  return (right[1] - right[0]) / pixels;
}

/** A share for a JSON file; null where there is nothing to share. */
function ratio(part: number, whole: number): number | null {
  return orNull(part / whole);
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : rounded(value);
}

function bound(limit: number): number | null {
  return limit === Infinity ? null : limit;
}

function rangeText([from, to]: readonly [number, number]): string {
  if (to === Infinity) return `over ${from - 1}`;
  return from === to ? `${from}` : `${from} to ${to}`;
}

function sizeText([from, below]: readonly [number, number]): string {
  const side = (area: number) => `${Math.sqrt(area)}²`;
  if (below === Infinity) return `from ${side(from)}`;
  return from === 1 ? `below ${side(below)}` : `${side(from)} to ${side(below)}`;
}
