import { kinds } from "../checkpoints/names/kind.ts";
import type { Size } from "../eval/sliding_window.ts";
import type { OpenedModel } from "../zoo/open.ts";
import { readHubFiles } from "../zoo/side_files.ts";
import type { Protocol } from "./protocol.ts";

/** Sliding windows in place of the published protocol. */
export interface WindowChoice {
  /** Side of the square windows in pixels. */
  readonly window?: number;
  /** Distance of neighbouring ones in pixels; that of the model, at most `window`, if not given. */
  readonly stride?: number;
}

/** mmseg's `img_scale` on ADE20K, and the published rounding of both sides. */
const NVLABS: Protocol = { name: "fitted", fit: { long: 2048, short: 512 }, multiple: 32 };

/**
 * How the authors of a checkpoint show pictures to it: SegFormer whole, in the sizes of the official
 * code or of Hugging Face's processor, all others in windows. A window or stride that is given means
 * windows for any network.
 */
export async function protocolOf(
  path: string,
  model: Pick<OpenedModel, "kind" | "window" | "stride">,
  chosen: WindowChoice,
): Promise<Protocol> {
  if (chosen.window === undefined && chosen.stride === undefined) {
    if (model.kind === kinds.nvlabs_segformer.title) return NVLABS;
    const hub: readonly string[] = [kinds.hub_segformer.title, kinds.in_memory_segformer.title];
    if (hub.includes(model.kind)) return await processorProtocol(path, model.window);
  }
  const window = chosen.window ?? model.window;
  const stride = chosen.stride ?? Math.min(model.stride, window);
  if (stride <= window) return { name: "windows", window, stride };
  throw new RangeError(
    `Cannot cut windows: a stride of at most the window's ${window} pixels needed, got ${stride}`,
  );
}

/** What preprocessor_config.json says, or what Hugging Face's processor does without it. */
async function processorProtocol(path: string, window: number): Promise<Protocol> {
  const { preprocessor } = await readHubFiles(path);
  const size = preprocessor?.size ?? window;
  const sides: Size = typeof size === "number"
    ? [size, size]
    : "height" in size
    ? [size.height, size.width]
    : [size.shortest_edge, size.shortest_edge];
  return { name: "stretched", size: sides };
}
