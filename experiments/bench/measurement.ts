import type { Row } from "../../lib/report/table.ts";

/** How everything is measured. */
export interface Setting {
  /** Threads of every contender. */
  readonly threads: number;
  /** Interleaved rounds of each case that has contenders. */
  readonly rounds: number;
  /** A Python with torch and safetensors; null where there is none. */
  readonly python: string | null;
  /** A folder of CamVid; *scenes* of its size take its place where it is not there. */
  readonly camvid: string;
}

/** Numbers as they go to a file, and as a row of a table. */
export interface Outcome {
  readonly numbers: unknown;
  readonly row: Row;
}

/** One thing that `bench` measures. */
export interface Measurement {
  readonly name: string;
  measure(setting: Setting): Promise<Outcome>;
}
