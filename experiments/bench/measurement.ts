import type { Row } from "../../lib/report/table.ts";
import type { Provider } from "../../lib/runtime/platform.ts";

/** How everything is measured. */
export interface Setting {
  /** Threads of every contender. */
  readonly threads: number;
  /** Interleaved rounds of each case that has contenders. */
  readonly rounds: number;
  /** A Python with torch and safetensors; null where there is none. */
  readonly python: string | null;
  /** What computes Seglab's networks; PyTorch takes a CUDA device where it is none of the processor. */
  readonly device: Provider;
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
