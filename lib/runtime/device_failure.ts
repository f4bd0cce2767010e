import { sizeOf } from "../array.ts";
import { nodesOf, type Tensor } from "../graph/tensor.ts";
import { byteSize, excerpt } from "../words.ts";
import type { Provider } from "./platform.ts";

/** A device that did not compute what it was given: it is lost, or has no room. What it held is gone. */
export class DeviceFailure extends Error {
  /** What was needed and what came, in words that follow "Cannot …: ". */
  constructor(readonly reason: string, cause: unknown) {
    super(`Cannot compute on a device: ${reason}`, { cause });
    this.name = "Error";
  }
}

/** A value that is larger than a binding takes several, of which a kernel has few. */
const WITHOUT_ROOM =
  /Invalid Buffer|OUT_OF_(DEVICE|HOST)_MEMORY|out of memory|CreateBuffer|exceed|Too many storage buffers/i;

/**
 * The error of a run on a device. Where a buffer could not be had, it says which value of the graph is the
 * largest, and how to make it smaller.
 */
export function deviceFailure(error: Error, provider: Provider, largest: Tensor): DeviceFailure {
  if (/requires f16/.test(error.message)) {
    const reason =
      `shader-f16 needed for half precision, got a device of ${provider} without it; ` +
      "compute in single precision";
    return new DeviceFailure(reason, error);
  }
  const got = excerpt(error.message.trim(), 300);
  if (!WITHOUT_ROOM.test(error.message)) {
    return new DeviceFailure(`a device that works needed, got from ${provider}: ${got}`, error);
  }
  return new DeviceFailure(
    `room on the device for each value needed, of which the largest is ${
      saidOf(largest)
    }, got from ` +
      `${provider}: ${got}; lower the batch, the crop or the window`,
    error,
  );
}

function saidOf(tensor: Tensor): string {
  const { origin } = tensor;
  const name = origin.kind === "input"
    ? `"${origin.name}"`
    : origin.kind === "operation"
    ? `a result of ${origin.node.rule.name}`
    : "a constant";
  return `${name}, ${tensor} of ${byteSize(bytesOf(tensor))}`;
}

/** Numbers take 4 bytes on a device, at most. */
function bytesOf({ shape, dtype }: Tensor): number {
  return sizeOf(shape) * (dtype === "float32" ? 4 : 1);
}

/** The value of a graph that takes the most memory. */
export function largestOf(outputs: readonly Tensor[]): Tensor {
  const values = nodesOf(outputs).flatMap((node) => [...node.inputs, ...node.outputs]);
  return [...outputs, ...values].reduce((most, one) => bytesOf(one) > bytesOf(most) ? one : most);
}
