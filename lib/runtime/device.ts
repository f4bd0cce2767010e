import { conv2d } from "../graph/ops/conv.ts";
import { softmax } from "../graph/ops/normalize.ts";
import { resizeBilinearLast } from "../graph/ops/resize.ts";
import { input } from "../graph/tensor.ts";
import type { Provider } from "./platform.ts";
import { Program } from "./program.ts";
import { value } from "./value.ts";

/** Where a command computes: a provider, or the first of WebGPU and the processor that computes right. */
export type Device = Provider | "auto";

/** All devices that can be asked for. */
export const devices: readonly Device[] = ["cpu", "webgpu", "cuda", "auto"];

/** A device's provider, and why it is not a faster one, in words; null where it is what was asked for. */
export interface ChosenDevice {
  /** What computes. */
  readonly provider: Provider;
  /** Why it is not the one that is faster; null where it is. */
  readonly reason: string | null;
}

const NEAR = 1e-3;

/**
 * The provider of a device. A device other than the processor first computes three operations that WebGPU's
 * kernels are known to get wrong: where it is missing or wrong, `auto` is the processor, and any other an error
 * that says why.
 */
export async function chosenDevice(device: Device): Promise<ChosenDevice> {
  if (device === "cpu") return { provider: "cpu", reason: null };
  const provider = device === "auto" ? "webgpu" : device;
  try {
    await selfTest(provider);
    return { provider, reason: null };
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0]!;
    if (device === "auto") return { provider: "cpu", reason };
    throw new Error(`${reason}${remedies[device]}`, { cause: error });
  }
}

const remedies: Readonly<Record<Exclude<Device, "auto">, string>> = {
  cpu: "",
  webgpu: "; it needs a GPU with Vulkan (Linux: its driver and libvulkan1), Metal or Direct3D 12",
  cuda: "; its libraries come by onnxruntime-node's install script, which runs on Linux with " +
    "`deno install --allow-scripts=npm:onnxruntime-node`, beside CUDA 12 and cuDNN 9",
};

/** Fails where a provider's numbers are not the processor's. */
async function selfTest(provider: Provider): Promise<void> {
  const [x, weight] = [input("x", [1, 4, 4, 4]), input("weight", [8, 2, 3, 3])];
  const options = { stride: 1, padding: 1, dilation: 1, groups: 2 };
  const outputs = {
    resize: resizeBilinearLast(x, 7, 5),
    conv: conv2d(x, weight, null, options),
    softmax: softmax(x),
  };
  const numbers = (count: number) =>
    Float32Array.from({ length: count }, (_, i) => Math.sin(3 * i));
  const feeds = {
    x: value(numbers(64), x.shape),
    weight: value(numbers(144), weight.shape),
  };
  const run = async (provider: Provider) => {
    const program = await Program.compile(outputs, { provider, threads: 1 });
    const found = await program.run(feeds);
    await program.release();
    return found;
  };
  const [wanted, found] = [await run("cpu"), await run(provider)];
  for (const [name, { data }] of Object.entries(wanted)) {
    const other = found[name]!.data as Float32Array;
    if ((data as Float32Array).every((value, i) => Math.abs(value - other[i]!) < NEAR)) continue;
    throw new Error(
      `Cannot compute on ${provider}: the processor's numbers needed, got others from ${name}`,
    );
  }
}
