import { type Command, InvalidArgumentError } from "commander";
import { chosenDevice, type Device, devices } from "../../lib/runtime/device.ts";
import type { Provider } from "../../lib/runtime/platform.ts";
import { print } from "./print.ts";

/** Where a command computes. */
export interface DeviceOption {
  readonly device: Device;
}

const list = devices.join(", ");

/** A command that asks where to compute. */
export function withDeviceOption(command: Command): Command {
  return command.option(
    "--device <name>",
    `what computes the network: ${list}; auto is WebGPU where it computes right, or the processor`,
    (name) => {
      const found = devices.find((device) => device === name);
      if (found) return found;
      throw new InvalidArgumentError(`one of ${list} is needed`);
    },
    "cpu",
  );
}

/** The provider of the option; says where it is the processor in a device's place. */
export async function providerOf({ device }: DeviceOption): Promise<Provider> {
  const { provider, reason } = await chosenDevice(device);
  if (reason !== null) print(`Computing on the processor: ${reason}`);
  return provider;
}
