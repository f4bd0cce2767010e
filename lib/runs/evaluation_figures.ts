import { join } from "node:path";
import { instanceCount, sizeGroups, sizeRanges } from "../scoring/instance_size.ts";
import type { SetScores } from "../scoring/score_sheet.ts";
import { confusionFigure } from "../report/confusion_figure.ts";
import { iouBySize, reliabilityDiagram } from "../report/score_figures.ts";

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
