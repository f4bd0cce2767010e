import type { OnProgress } from "../progress.ts";
import { inspect, type Inspection } from "./inspect.ts";
import type { InspectedSource } from "./mask_facts.ts";

/** What takes less, in milliseconds, is not worth a word. */
const PATIENCE = 1000;

/** Inspects the pairs of a source; progress is told where that takes longer than a second. */
export async function inspectLabels(
  source: InspectedSource,
  onProgress: OnProgress = () => {},
): Promise<Inspection> {
  const { name, pairs: { length: total } } = source;
  const started = performance.now();
  let isLong = false;
  return await inspect(source, (done) => {
    isLong ||= done < total && performance.now() - started > PATIENCE;
    if (isLong) onProgress({ title: `looking at ${name}`, done, total, unit: "image" });
  });
}
