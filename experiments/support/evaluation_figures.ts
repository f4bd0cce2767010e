import { join } from "node:path";
import type { SetScores } from "../../lib/eval/scores.ts";
import { confusionFigure } from "../../lib/report/confusion_figure.ts";
import { iouBySize, reliabilityDiagram } from "../../lib/report/score_figures.ts";

/** Draws an evaluation's plots into its folder: confusion matrix, calibration and IoU by size. */
export async function drawScores(
  folder: string,
  label: string,
  { confusion, calibration, bySize }: SetScores,
  classes: readonly string[],
): Promise<void> {
  await confusionFigure({ classes, counts: confusion }).save(join(folder, "confusion_matrix"));
  await reliabilityDiagram(calibration.bins).save(join(folder, "calibration"));
  const sizes = Object.fromEntries(
    Object.entries(bySize).map(([size, { mean, instances }]) => {
      return [size, { mean, instances: instances.reduce((sum, n) => sum + n, 0) }];
    }),
  );
  await iouBySize([{ label, sizes }]).save(join(folder, "iou_by_size"));
}
