import { assertEquals } from "@std/assert";
import { printFinalScores, printScores } from "../../experiments/commands/scores_table.ts";
import { IGNORE } from "../../lib/images/image.ts";
import { ScoreSheet } from "../../lib/scoring/score_sheet.ts";
import { labelMap } from "../data/fixtures.ts";
import { printedBy } from "./tiny_data.ts";

Deno.test("printScores() shows all metrics by class and for the set, without absent classes", async () => {
  const scores = new ScoreSheet(3);
  const labels = labelMap(10, 10, (x, y) => y === 9 ? IGNORE : x < 5 ? 0 : 1);
  const prediction = labelMap(10, 10, (x) => x < 6 ? 0 : 1);
  const confidence = new Float32Array(100).fill(0.875);
  scores.add({ labels, prediction: { labels: prediction, confidence }, instances: null });
  const printed = await printedBy(() => {
    return Promise.resolve(printScores(scores.result(), ["road", "sky", "pole"]));
  });
  // 90 pixels are labelled, 45 of each; 9 of the sky are taken for road.
  // Frames of 1 pixel: road 5×9 has 24 of them and is found as 6×9 with 26, of which 17 are shared;
  // the sky has 24, is found with 22, and 15 are shared.
  assertEquals(
    printed,
    [
      "class  IoU (%)  Dice (%)  accuracy (%)  boundary IoU (%)  IoU small (%)  IoU medium (%)  " +
      "IoU large (%)",
      "─────  ───────  ────────  ────────────  ────────────────  ─────────────  ──────────────  " +
      "─────────────",
      "road     83.33     90.91        100.00             51.52          83.33               –  " +
      "            –",
      "sky      80.00     88.89         80.00             48.39          80.00               –  " +
      "            –",
      "",
      "1 of 3 classes occurs in neither labels nor predictions: left out",
      "mIoU 81.67 %, pixel accuracy 90.00 %, mean accuracy 90.00 %",
      "frequency-weighted IoU 81.67 %, mean Dice 89.90 %, mean boundary IoU 49.95 %, " +
      "calibration error 2.50 %",
      "mIoU by instance size: small 81.67 % (2 instances below 32² pixels), medium – " +
      "(0 instances 32² to 96² pixels), large – (0 instances from 96² pixels)",
    ].join("\n"),
  );
});

Deno.test("printFinalScores() says of a run what printScores() says first of an evaluation", async () => {
  const scores = { mIoU: 0.81666, pixelAccuracy: 0.9, meanAccuracy: 0.9 };
  const perClass = { road: 0.5, pole: null };
  const printed = await printedBy(() => {
    return Promise.resolve(printFinalScores({ ...scores, perClass }));
  });
  assertEquals(printed.split("\n"), [
    "class  IoU (%)",
    "─────  ───────",
    "road     50.00",
    "",
    "1 of 2 classes occurs in neither labels nor predictions: left out",
    "mIoU 81.67 %, pixel accuracy 90.00 %, mean accuracy 90.00 %",
  ]);
});
