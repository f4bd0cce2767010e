import { withRemedy } from "../remedy.ts";
import { DeviceFailure } from "../runtime/device_failure.ts";

/**
 * What a training ends with where a step fails, counted from 0: of a device's failure, how far it came and from which
 * checkpoint it goes on; null where none was written. Other errors stay as they are.
 */
export function interrupted(error: unknown, step: number, checkpoint: number | null): unknown {
  if (!(error instanceof DeviceFailure)) return error;
  const from = checkpoint === null
    ? "no checkpoint was written"
    : `the run goes on from its checkpoint of step ${checkpoint}`;
  const message = `Cannot go on training after step ${step}: ${error.reason}; ${from}`;
  const told = new Error(message, { cause: error });
  return checkpoint === null ? told : withRemedy(told, { kind: "finishRun" });
}
