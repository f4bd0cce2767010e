import { inspect, type Inspection } from "../../lib/data/inspection/inspect.ts";
import type { InspectedSource } from "../../lib/data/inspection/mask_facts.ts";
import { type Progress, progress } from "../../lib/report/progress.ts";

/** Inspects the masks of a source and shows the progress where that takes longer than a second. */
export async function inspectLabels(source: InspectedSource): Promise<Inspection> {
  const started = performance.now();
  let bar: Progress | undefined;
  try {
    return await inspect(source, (done) => {
      if (!bar && performance.now() - started < 1000) return;
      const total = source.pairs.length;
      bar ??= progress({ title: `looking at ${source.name}`, total, done, images: 1 });
      bar.update(done);
    });
  } finally {
    bar?.stop();
  }
}
