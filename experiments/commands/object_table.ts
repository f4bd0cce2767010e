import type { ObjectEvaluation } from "../../lib/runs/object_evaluation.ts";
import type { Summary } from "../../lib/runs/run_files.ts";
import { consoleTable, type Row } from "../../lib/report/table.ts";
import type { MaskApScores } from "../../lib/scoring/mask_ap.ts";
import type { MeanQuality, PanopticScores } from "../../lib/scoring/panoptic_quality.ts";
import { print } from "./print.ts";

/** Prints how well objects are told apart, in percent: a row for each class, and the means. */
export function printObjects(
  { found: { task, scores }, things, toldApart }: ObjectEvaluation,
  classes: readonly string[],
): void {
  if (task === "panoptic") printPanoptic(scores, things, classes);
  else printInstances(scores, classes);
  print(`things are told apart ${toldApart}`);
}

/** Prints the last line of a training's objects. */
export function printObjectSummary(objects: NonNullable<Summary["objects"]>): void {
  if ("PQ" in objects) {
    const { PQ, SQ, RQ, things, stuff } = objects;
    print(
      `PQ ${unit(PQ)}, SQ ${unit(SQ)}, RQ ${unit(RQ)}; PQ of things ${unit(things ?? NaN)}, ` +
        `of stuff ${unit(stuff ?? NaN)}`,
    );
    return;
  }
  const { AP, AP50, AP75 } = objects;
  print(`mask AP ${unit(AP)}, AP50 ${unit(AP50)}, AP75 ${unit(AP75)}`);
}

function printPanoptic(
  { all, things, stuff, perClass }: PanopticScores,
  areThings: readonly boolean[],
  classes: readonly string[],
) {
  const rows = classes.flatMap((name, i): Row[] => {
    const { pq, sq, rq, matched, missed, wrong } = perClass[i]!;
    if (Number.isNaN(pq)) return [];
    const quality = { "PQ (%)": percent(pq), "SQ (%)": percent(sq), "RQ (%)": percent(rq) };
    return [{
      class: name,
      of: areThings[i] ? "things" : "stuff",
      ...quality,
      found: matched,
      missed,
      wrong,
    }];
  });
  print(consoleTable(rows));
  const line = (name: string, { pq, sq, rq, classes }: MeanQuality) =>
    `${name}PQ ${unit(pq)}, SQ ${unit(sq)}, RQ ${unit(rq)} (${classes} classes)`;
  print([line("", all), line("things: ", things), line("stuff: ", stuff)].join("\n"));
}

function printInstances({ perClass, ...means }: MaskApScores, classes: readonly string[]) {
  const rows = classes.flatMap((name, i): Row[] =>
    Number.isNaN(perClass[i]) ? [] : [{ class: name, "AP (%)": percent(perClass[i]!) }]
  );
  print(consoleTable(rows));
  const { ap, ap50, ap75, apSmall, apMedium, apLarge } = means;
  print(
    `mask AP ${unit(ap)}, AP50 ${unit(ap50)}, AP75 ${unit(ap75)}; small ${unit(apSmall)}, ` +
      `medium ${unit(apMedium)}, large ${unit(apLarge)}`,
  );
  const { ar1, ar10, ar100, arSmall, arMedium, arLarge } = means;
  print(
    `average recall with 1, 10 and 100 an image ${unit(ar1)}, ${unit(ar10)}, ${
      unit(ar100)
    }; small ` +
      `${unit(arSmall)}, medium ${unit(arMedium)}, large ${unit(arLarge)}`,
  );
}

function percent(share: number): string | null {
  return Number.isNaN(share) ? null : (100 * share).toFixed(2);
}

function unit(share: number): string {
  const text = percent(share);
  return text === null ? "–" : `${text} %`;
}
