import { type Command, Option } from "commander";
import { chosenDevice, type Device, devices } from "../../lib/runtime/device.ts";
import type { Provider } from "../../lib/runtime/platform.ts";
import { print } from "./print.ts";

/** Where a command computes. */
export interface DeviceOption {
  readonly device: Device;
}

/** A command that asks where to compute. */
export function withDeviceOption(command: Command): Command {
  return command.addOption(
    new Option(
      "--device <name>",
      "what computes the network; auto is WebGPU where it computes right, or the processor",
    ).choices(devices).default("cpu"),
  );
}

/** The provider of the option; says where it is the processor in a device's place. */
export async function providerOf({ device }: DeviceOption): Promise<Provider> {
  const { provider, reason } = await chosenDevice(device);
  if (reason !== null) print(`Computing on the processor: ${reason}`);
  return provider;
}
