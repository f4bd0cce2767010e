import type { Summary } from "../../lib/report/schemas.ts";
import { consoleTable } from "../../lib/report/table.ts";

/** Shares between 0 and 1 over all pixels, and IoU by class; null where a class does not occur. */
export type Scores = NonNullable<Summary["final"]> & Pick<Summary, "perClass">;

/** Prints IoU by class in percent, and under it what holds for all classes together. */
export function printScores({ perClass, mIoU, pixelAccuracy, meanAccuracy }: Scores): void {
  const percent = (share: number | null) => share === null ? null : (100 * share).toFixed(2);
  const rows = Object.entries(perClass)
    .map(([name, iou]) => ({ class: name, "IoU (%)": percent(iou) }));
  console.log(consoleTable(rows));
  console.log(
    `mIoU ${percent(mIoU)} %, pixel accuracy ${percent(pixelAccuracy)} %, mean accuracy ` +
      `${percent(meanAccuracy)} %`,
  );
}
