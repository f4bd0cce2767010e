import type { Command } from "commander";
import type { Precision } from "../../lib/runtime/program.ts";

/** What a network is computed in, where it is not single precision. */
export interface PrecisionOptions {
  readonly int8?: true;
  readonly half?: true;
}

/** A command that asks what to compute in. */
export function withPrecisionOptions(command: Command): Command {
  return command
    .option(
      "--int8",
      "linear layers in 8-bit integers: `export --int8 --data NAME` says what that changes on this machine",
    )
    .option(
      "--half",
      "with --device webgpu: weights lie on the device in half precision, in half of the memory; sums are in single",
    );
}

/** The precision of the options. */
export function precisionOf({ int8, half }: PrecisionOptions): Precision {
  if (int8 && half) throw new TypeError("Cannot compute: --int8 or --half needed, got both");
  return int8 ? "int8" : half ? "half" : "single";
}
