import {
  instanceCount,
  type SizeGroup,
  sizeGroups,
  sizeRanges,
} from "../../lib/scoring/instance_size.ts";
import type { SetScores } from "../../lib/scoring/score_sheet.ts";
import type { Summary } from "../../lib/runs/run_files.ts";
import { consoleTable, type Row } from "../../lib/report/table.ts";
import { print } from "./print.ts";

/** Shares between 0 and 1 over all pixels, and IoU by class; null where a class does not occur. */
export type FinalScores = NonNullable<Summary["final"]> & Pick<Summary, "perClass">;

/** Prints a run's final scores: IoU by class in percent, and what holds for all classes together. */
export function printFinalScores({ perClass, ...means }: FinalScores): void {
  const rows = Object.entries(perClass).map(([name, iou]): Row | null => {
    return iou === null ? null : { class: name, "IoU (%)": percent(iou) };
  });
  printClasses(rows);
  print(firstLine(means));
}

/** Prints all scores of a set in percent: a row for each class, and the means of all classes. */
export function printScores(scores: SetScores, classes: readonly string[]): void {
  const { metrics, boundary, bySize, calibration } = scores;
  const rows = classes.map((name, i): Row | null => {
    if (Number.isNaN(metrics.iou[i])) return null;
    return {
      class: name,
      "IoU (%)": percent(metrics.iou[i]!),
      "Dice (%)": percent(metrics.dice[i]!),
      "accuracy (%)": percent(metrics.accuracy[i]!),
      "boundary IoU (%)": percent(boundary.iou[i]!),
      ...Object.fromEntries(
        sizeGroups.map((size) => [`IoU ${size} (%)`, percent(bySize[size].iou[i]!)]),
      ),
    };
  });
  printClasses(rows);
  print(firstLine(metrics));
  print(
    `frequency-weighted IoU ${unit(metrics.frequencyWeightedIoU)}, mean Dice ` +
      `${unit(metrics.meanDice)}, mean boundary IoU ${unit(boundary.mean)}, calibration error ` +
      unit(calibration.expectedError),
  );
  const bySizes = sizeGroups.map((size) =>
    `${size} ${unit(bySize[size].mean)} (${count(bySize, size)} ${sizeRanges[size]})`
  );
  print(`mIoU by instance size: ${bySizes.join(", ")}`);
}

/** Prints the rows of classes; null is one in neither labels nor predictions, of which IoU is not. */
function printClasses(rows: readonly (Row | null)[]): void {
  const scored = rows.filter((row) => row !== null);
  print(consoleTable(scored));
  if (scored.length < rows.length) {
    print(absentClasses(rows.length - scored.length, rows.length));
  }
}

/** What stands under a table that leaves out `absent` of `all` classes. */
export function absentClasses(absent: number, all: number): string {
  const occur = absent === 1 ? "occurs" : "occur";
  return `${absent} of ${all} classes ${occur} in neither labels nor predictions: left out`;
}

/** The same in both, so that training's last line and an evaluation's can be compared. */
function firstLine({ mIoU, pixelAccuracy, meanAccuracy }: Omit<FinalScores, "perClass">): string {
  return `mIoU ${unit(mIoU)}, pixel accuracy ${unit(pixelAccuracy)}, mean accuracy ` +
    unit(meanAccuracy);
}

function percent(share: number): string | null {
  return Number.isNaN(share) ? null : (100 * share).toFixed(2);
}

function unit(share: number): string {
  const text = percent(share);
  return text === null ? "–" : `${text} %`;
}

function count(bySize: SetScores["bySize"], size: SizeGroup): string {
  return `${instanceCount(bySize[size]).toLocaleString("en-US")} instances`;
}
