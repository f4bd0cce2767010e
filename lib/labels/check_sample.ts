import { spreadIndices } from "../array.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Listener } from "../progress.ts";
import { withRemedy } from "../remedy.ts";
import { counted } from "../words.ts";
import { findingsOf } from "./findings.ts";
import { type Inspection, inspectLabels } from "./inspect.ts";
import { together } from "./problem.ts";
import { findingsText } from "./report.ts";
import { classFindings } from "./split_findings.ts";

/** Pairs that are looked at before training, spread over the data set. */
const SAMPLE = 64;

/**
 * `checkSample` of both splits, and a message about classes that one of them lacks, where that is sure:
 * all masks of both were looked at.
 */
export async function checkSamples(
  train: Dataset,
  val: Dataset,
  listener: Listener,
): Promise<void> {
  const learned = await checkSample(train, listener);
  const measured = await checkSample(val, listener);
  if (!learned || !measured || Math.max(train.length, val.length) > SAMPLE) return;
  const filesOf = ({ classes }: Inspection) => classes.map(({ files }) => files);
  const findings = classFindings(train.classes, filesOf(learned), filesOf(measured));
  if (findings.length > 0) listener.onMessage?.(findingsText(findings));
}

/**
 * Inspects 64 masks of a data set and their images, so that most mistakes are found before
 * hours of training and not after: errors stop, warnings are a message. Made examples are not checked.
 */
export async function checkSample(
  { name, length, source }: Dataset,
  { onProgress, onMessage }: Listener = {},
): Promise<Inspection | null> {
  if (!source) return null;
  const count = Math.min(SAMPLE, length);
  const pairs = spreadIndices(length, count).map((index) => source.pairs[index]!);
  const inspection = await inspectLabels({ ...source, pairs }, onProgress);
  const findings = findingsOf(inspection);
  const [errors, warnings] = (["error", "warning"] as const).map((severity) =>
    findings.filter((finding) => finding.severity === severity)
  );
  if (errors!.length > 0) {
    const error = new RangeError(
      `Cannot train on ${name}: needs images and labels without errors, got ` +
        `${counted(errors!.length, "error")} in a look at ${count} of ${length}\n` +
        findingsText(errors!),
    );
    const remedy = together(errors!.map((finding) => finding.remedy));
    throw withRemedy(error, remedy ?? { kind: "checkLabels" });
  }
  if (warnings!.length > 0) {
    onMessage?.(`${name}, ${counted(count, "mask")}:\n${findingsText(warnings!)}`);
  }
  return inspection;
}
