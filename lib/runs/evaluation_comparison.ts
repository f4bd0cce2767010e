import type { Dataset } from "../data/dataset.ts";
import { shownImage } from "../images/shown_bands.ts";
import { sizeGroups } from "../scoring/instance_size.ts";
import { agreementPanels } from "../report/agreement_panels.ts";
import type { Photograph } from "../report/picture.ts";
import { SCHEMA } from "./run_files.ts";
import { markdownTable, type Row } from "../report/table.ts";
import {
  type EvaluationScores,
  readPrediction,
  type StoredEvaluation,
} from "./stored_evaluation.ts";

/** An image's mIoU in both evaluations, in 0 to 1; NaN where it has no labelled pixel. */
export interface ComparedImage {
  readonly name: string;
  /** Its place in the data set. */
  readonly index: number;
  readonly a: number;
  readonly b: number;
}

interface Pair {
  readonly name: string;
  readonly a: number | null;
  readonly b: number | null;
}

/** Two evaluations of the same images, A and B. */
export class EvaluationComparison {
  /** The images, the one first where B loses most against A; those without labels last. */
  readonly images: readonly ComparedImage[];

  constructor(
    readonly a: StoredEvaluation,
    readonly b: StoredEvaluation,
    private readonly val: Dataset,
    images: readonly ComparedImage[],
    /** The 95 % interval of mIoU(B) − mIoU(A) when images are drawn again. */
    readonly interval: readonly [number, number],
  ) {
    const gain = ({ a, b }: ComparedImage) => Number.isNaN(b - a) ? Infinity : b - a;
    this.images = images.toSorted((x, y) => gain(x) - gain(y) || x.index - y.index);
  }

  /** How many images A, B and neither has the higher mIoU of. */
  get wins(): { readonly a: number; readonly b: number; readonly equal: number } {
    const a = this.images.filter((image) => image.a > image.b).length;
    const b = this.images.filter((image) => image.b > image.a).length;
    return { a, b, equal: this.images.length - a - b };
  }

  /** Rows of a table of all metrics, in percent. */
  metricRows(): Row[] {
    return this.#metrics().map(({ name, a, b }) => ({ metric: name, ...cells(a, b) }));
  }

  /** Rows of a table of IoU by class in percent, the class first where B loses most. */
  classRows(): Row[] {
    const gain = ({ a, b }: Pair) => a === null || b === null ? Infinity : b - a;
    return this.#classes().toSorted((x, y) => gain(x) - gain(y))
      .map(({ name, a, b }) => ({ class: name, ...cells(a, b) }));
  }

  /** What the images say, in two sentences. */
  summary(): string {
    const { a, b, equal } = this.wins;
    const difference = (this.b.scores.mIoU ?? NaN) - (this.a.scores.mIoU ?? NaN);
    const [low, high] = this.interval.map(signed);
    return `Of ${this.images.length} images A is better on ${a}, B on ${b}, neither on ${equal}. ` +
      `mIoU of B less that of A: ${signed(difference)} points, 95 % interval ${low} to ${high} ` +
      `when images are drawn again.`;
  }

  /** An image with its labels, both predictions, and where they differ in being right. */
  async picture({ index, name, a, b }: ComparedImage): Promise<Photograph> {
    const { val } = this;
    const { image, labels } = await val.example(index);
    const [first, second] = await Promise.all(
      [this.a, this.b].map(({ folder }) => readPrediction(folder, name)),
    );
    const said = [[`A: mIoU ${percent(a)}`, first!], [`B: mIoU ${percent(b)}`, second!]] as const;
    return await agreementPanels([{ name, image: shownImage(image), labels, said }], val);
  }

  /** What comparison.json holds: shares between 0 and 1, null where there was nothing to score. */
  toJSON() {
    const side = ({ folder, scores }: StoredEvaluation) => ({ folder, mIoU: scores.mIoU });
    const difference = ({ name, a, b }: Pair) => {
      return { name, a, b, difference: a === null || b === null ? null : b - a };
    };
    const share = (x: number) => Number.isNaN(x) ? null : x;
    return {
      schema: SCHEMA,
      data: this.a.scores.data,
      a: side(this.a),
      b: side(this.b),
      interval: this.interval.map(share),
      wins: this.wins,
      metrics: this.#metrics().map(difference),
      perClass: this.#classes().map(difference),
      images: this.images.map(({ name, a, b }) => difference({ name, a: share(a), b: share(b) })),
    };
  }

  [Symbol.for("Jupyter.display")](): Record<string, string> {
    const tables = [this.metricRows(), this.classRows()].map(markdownTable);
    const names = `A: \`${this.a.folder}\`, B: \`${this.b.folder}\`, on ${this.a.scores.data}.`;
    return { "text/markdown": [names, ...tables, this.summary()].join("\n\n") };
  }

  #metrics(): Pair[] {
    const pair = (name: string, of: (scores: EvaluationScores) => number | null): Pair => {
      return { name, a: of(this.a.scores), b: of(this.b.scores) };
    };
    return [
      pair("mIoU", ({ mIoU }) => mIoU),
      pair("pixel accuracy", ({ pixelAccuracy }) => pixelAccuracy),
      pair("mean accuracy", ({ meanAccuracy }) => meanAccuracy),
      pair("frequency-weighted IoU", ({ frequencyWeightedIoU }) => frequencyWeightedIoU),
      pair("mean Dice", ({ meanDice }) => meanDice),
      pair("mean boundary IoU", ({ boundaryIoU }) => boundaryIoU),
      ...sizeGroups.map((size) =>
        pair(`mIoU of ${size} instances`, ({ bySize }) => bySize[size].mIoU)
      ),
      pair("calibration error", ({ calibrationError }) => calibrationError),
    ];
  }

  #classes(): Pair[] {
    return this.val.classes.map((name) => {
      return { name, a: this.a.scores.perClass[name]!, b: this.b.scores.perClass[name]! };
    });
  }
}

function cells(a: number | null, b: number | null): Row {
  const [first, second] = [a, b].map((share) => share === null ? null : percent(share));
  const difference = a === null || b === null ? null : signed(b - a);
  return { "A (%)": first!, "B (%)": second!, "B − A": difference };
}

function percent(share: number): string {
  return Number.isNaN(share) ? "–" : (100 * share).toFixed(2);
}

function signed(share: number): string {
  return `${share > 0 ? "+" : ""}${percent(share)}`;
}
