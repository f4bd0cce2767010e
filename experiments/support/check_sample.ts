import type { Dataset } from "../../lib/data/dataset.ts";
import { findingsOf } from "../../lib/data/inspection/findings.ts";
import { findingsText } from "./label_report.ts";
import { inspectLabels } from "./inspect_labels.ts";

/** Masks that are looked at before training, spread over the data set. */
const SAMPLE = 64;
const AT_ONCE = 8;

/**
 * Inspects 64 masks of a data set and reads their images, so that most mistakes are found before
 * hours of training and not after: errors stop, warnings are printed. Made examples are not checked.
 */
export async function checkSample({ name, length, source, example }: Dataset): Promise<void> {
  if (!source) return;
  const count = Math.min(SAMPLE, length);
  const indices = Array.from({ length: count }, (_, i) => Math.floor(i * length / count));
  const pairs = indices.map((index) => source.pairs[index]!);
  const findings = findingsOf(await inspectLabels({ ...source, pairs }));
  const [errors, warnings] = (["error", "warning"] as const).map((severity) =>
    findings.filter((finding) => finding.severity === severity)
  );
  if (errors!.length > 0) {
    throw new RangeError(
      `Cannot train on ${name}: needs labels without errors, got in ${count} of ${length} masks\n` +
        `${
          findingsText(errors!)
        }\n\`deno task check-labels\` with the same data looks at all masks`,
    );
  }
  if (warnings!.length > 0) console.error(`${name}, ${count} masks:\n${findingsText(warnings!)}`);
  for (let start = 0; start < count; start += AT_ONCE) {
    await Promise.all(indices.slice(start, start + AT_ONCE).map((index) => example(index)));
  }
}
