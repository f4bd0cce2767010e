import { existsSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Dataset } from "../data/dataset.ts";
import { encodeLabels } from "../images/encode.ts";
import type { Scored } from "../scoring/evaluate.ts";
import { instanceCount, sizeGroups, sizeRanges } from "../scoring/instance_size.ts";
import type { Protocol } from "../families/protocol.ts";
import type { SetScores } from "../scoring/score_sheet.ts";
import { confusionFigure } from "../report/confusion_figure.ts";
import { iouBySize, reliabilityDiagram } from "../report/score_figures.ts";
import { writeAtomically, writeError } from "../files.ts";
import { isHidden } from "../listing.ts";
import { withRemedy } from "../remedy.ts";
import { describedObjects, type ObjectEvaluation } from "./object_evaluation.ts";
import { fileName } from "./pictures.ts";
import { SCHEMA } from "./run_files.ts";

/** What was evaluated, how, and on what. */
export interface Evaluated {
  /** SHA-256 of the checkpoint; null where it is a folder. */
  readonly weights: string | null;
  readonly model: string;
  readonly data: string;
  readonly protocol: Protocol;
}

const LINES = "images.jsonl";

/**
 * The folder of an evaluation: predictions/NAME.png and lines of images.jsonl as images are scored,
 * and when all are, evaluation.json and confusion.json.
 */
export class EvaluationFolder {
  private constructor(
    readonly folder: string,
    private readonly dataset: Dataset,
    private readonly lines: FileHandle,
  ) {}

  /** The files that there are beside evaluation.json. */
  get paths(): string[] {
    return ["confusion.json", "images.jsonl", "predictions"].map((name) => join(this.folder, name));
  }

  /** Makes room; a folder that holds anything but an earlier evaluation is refused. */
  static async create(folder: string, dataset: Dataset): Promise<EvaluationFolder> {
    const all = existsSync(folder) ? await readdir(folder).catch(refused(folder)) : [];
    const entries = all.filter((name) => !isHidden(name));
    const isEvaluation = entries.includes("evaluation.json") || entries.includes("images.jsonl");
    if (entries.length > 0 && !isEvaluation) {
      const error = new RangeError(
        `Cannot write an evaluation into ${folder}: an empty folder or an earlier evaluation's ` +
          `needed, got one with ${entries[0]}`,
      );
      throw withRemedy(error, { kind: "otherFolder" });
    }
    const begin = async () => {
      await mkdir(folder, { recursive: true });
      const remove = (file: string) => rm(join(folder, file), { recursive: true, force: true });
      // Where this is killed, images.jsonl tells the next one that the folder is an evaluation's.
      await remove("evaluation.json");
      const lines = await open(join(folder, LINES), "w");
      for (const file of ["confusion.json", "images", "objects", "predictions"]) await remove(file);
      await mkdir(join(folder, "predictions"));
      return lines;
    };
    return new EvaluationFolder(folder, dataset, await begin().catch(refused(folder)));
  }

  /** Keeps what became of one image. */
  async add({ example: { name }, prediction: { labels }, score }: Scored): Promise<void> {
    const png = await encodeLabels(labels, this.dataset.palette);
    await writeAtomically(join(this.folder, "predictions", `${fileName(name)}.png`), png);
    await this.append(JSON.stringify({ name, ...finite(score) }) + "\n");
  }

  private async append(line: string): Promise<void> {
    const path = join(this.folder, LINES);
    if (!existsSync(path)) {
      throw new Error(
        `Cannot go on with the evaluation in ${this.folder}: its ${LINES} needed, got none: the ` +
          `folder was removed or emptied meanwhile; evaluate again`,
      );
    }
    await this.lines.write(line).catch((cause) => {
      throw writeError(path, cause);
    });
  }

  /** Writes what holds for all images, objects too where some were scored; gives the path of evaluation.json. */
  async finish(
    evaluated: Evaluated,
    scores: SetScores,
    objects: ObjectEvaluation | null = null,
  ): Promise<string> {
    await this.append(""); // is it still there?
    await this.lines.close();
    const { classes } = this.dataset;
    const confusion = `{\n"classes": ${JSON.stringify(classes)},\n"counts": [\n${
      scores.confusion.map((row) => JSON.stringify(row)).join(",\n")
    }\n]\n}\n`;
    await writeAtomically(join(this.folder, "confusion.json"), confusion);
    const json = join(this.folder, "evaluation.json");
    const content = {
      schema: SCHEMA,
      ...evaluated,
      ...described(scores, classes),
      ...objects && { objects: describedObjects(objects, classes) },
    };
    await writeAtomically(json, JSON.stringify(content, null, 2) + "\n");
    return json;
  }
}

/** Tells the system's reason against a folder in the words of a failed write. */
function refused(folder: string): (cause: unknown) => never {
  return (cause) => {
    throw withRemedy(writeError(folder, cause), { kind: "otherFolder" });
  };
}

/**
 * Draws an evaluation's plots into its folder: confusion matrix, calibration and IoU by size; gives
 * their paths.
 */
export async function drawScores(
  folder: string,
  label: string,
  { confusion, calibration, bySize }: SetScores,
  classes: readonly string[],
): Promise<string[]> {
  const shares = Object.fromEntries(sizeGroups.map((size) => {
    const scores = bySize[size];
    const range = `${size}, ${sizeRanges[size]}`;
    return [range, { mean: scores.mean, instances: instanceCount(scores) }];
  }));
  const drawings = {
    confusion_matrix: confusionFigure({ classes, counts: confusion }),
    calibration: reliabilityDiagram(calibration.bins),
    iou_by_size: iouBySize([{ label, sizes: shares }]),
  };
  for (const [name, drawing] of Object.entries(drawings)) await drawing.save(join(folder, name));
  return Object.keys(drawings).map((name) => join(folder, `${name}.png`));
}

function described(scores: SetScores, classes: readonly string[]) {
  const { images, metrics, boundary, bySize, calibration } = scores;
  const { iou, accuracy, dice, pixels, ...means } = metrics;
  const byClass = (values: readonly number[]) =>
    Object.fromEntries(classes.map((name, i) => [name, share(values[i]!)]));
  const sizes = Object.entries(bySize).map(([size, scores]) => {
    const { mean, iou } = scores;
    return [size, {
      mIoU: share(mean),
      instances: instanceCount(scores),
      perClass: byClass(iou),
    }];
  });
  return {
    images,
    ...finite(means),
    boundaryIoU: share(boundary.mean),
    calibrationError: share(calibration.expectedError),
    perClass: byClass(iou),
    perClassAccuracy: byClass(accuracy),
    perClassDice: byClass(dice),
    perClassBoundaryIoU: byClass(boundary.iou),
    pixels: byClass(pixels),
    bySize: Object.fromEntries(sizes),
    calibration: calibration.bins.map(finite),
  };
}

/** JSON has no NaN: null where there was nothing to score. */
function share(x: number): number | null {
  return Number.isNaN(x) ? null : x;
}

function finite(values: object): Record<string, unknown> {
  const entries = Object.entries(values);
  return Object.fromEntries(entries.map(([key, x]) => [key, typeof x === "number" ? share(x) : x]));
}
