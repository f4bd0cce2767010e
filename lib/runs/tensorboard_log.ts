import type { Listener } from "../progress.ts";
import { EventFile } from "../tensorboard/event_file.ts";
import type { MetricsLine } from "./run_files.ts";

/** The lines of metrics.jsonl once more, for TensorBoard. */
export interface TensorBoardLog {
  /** Adds a line. A failure is told once and ends the log, not the run. */
  add(line: MetricsLine): Promise<void>;
}

/** Begins the log of a run of which so many steps are done, in its folder. */
export async function tensorBoardLog(
  folder: string,
  done: number,
  { onMessage }: Pick<Listener, "onMessage">,
): Promise<TensorBoardLog> {
  let file: EventFile | null = null;
  const guarded = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      file = null;
      onMessage?.(
        `Warning: ${(error as Error).message} The run goes on without TensorBoard's file.`,
      );
    }
  };
  await guarded(async () => {
    file = await EventFile.begin(folder, done);
  });
  return { add: ({ step, ...values }) => guarded(async () => await file?.add(step, values)) };
}
