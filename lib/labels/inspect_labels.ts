import { inspect, type Inspection } from "./inspect.ts";
import type { InspectedSource } from "./mask_facts.ts";
import { type Progress, progress } from "../report/progress.ts";

/** Inspects the pairs of a source and shows the progress where that takes longer than a second. */
export async function inspectLabels(source: InspectedSource): Promise<Inspection> {
  const started = performance.now();
  let bar: Progress | undefined;
  try {
    return await inspect(source, (done) => {
      const total = source.pairs.length;
      if (bar) bar.update(done);
      else if (done < total && performance.now() - started > 1000) { // its speed counts from here
        bar = progress({ title: `looking at ${source.name}`, total, done, images: 1 });
      }
    });
  } finally {
    bar?.stop();
  }
}
