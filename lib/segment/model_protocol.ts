import { kinds } from "../checkpoints/kind.ts";
import { type Protocol, RATIOS, windowProtocol } from "../inference/protocol.ts";
import type { Size } from "../inference/sliding_window.ts";
import type { OpenedModel } from "../models/open.ts";
import { readHubFiles } from "../families/segformer/hub_files.ts";

/** What a use of a model may choose. */
export interface ProtocolChoice {
  /** Side of the square windows in pixels. */
  readonly window?: number;
  /** Distance of neighbouring ones in pixels; that of the model, at most `window`, if not given. */
  readonly stride?: number;
  /** The mean of the probabilities at the published six scales. */
  readonly multiScale?: boolean;
  /** The mean of the probabilities of an image and of its mirror image. */
  readonly flip?: boolean;
}

type SeenModel = Pick<OpenedModel, "kind" | "base" | "window" | "stride">;
type Seen = Pick<Protocol, "resize" | "multiple" | "windows">;

/** mmseg's `img_scale` on ADE20K, and the published rounding of both sides. */
const NVLABS: Seen = {
  resize: { to: "box", box: { long: 2048, short: 512 } },
  multiple: 32,
  windows: null,
};

/**
 * How the authors of a checkpoint show pictures to it: SegFormer whole, in the sizes of the official
 * code or of Hugging Face's processor, all others in windows. A window or stride that is given means
 * windows for any network.
 */
export async function protocolOf(
  path: string,
  model: SeenModel,
  chosen: ProtocolChoice,
): Promise<Protocol> {
  const { multiScale = false, flip = false } = chosen;
  const seen = await seenBy(path, model, chosen);
  return { ...seen, ratios: multiScale ? RATIOS : [1], flip };
}

async function seenBy(
  path: string,
  model: SeenModel,
  chosen: ProtocolChoice,
): Promise<Seen> {
  if (chosen.window === undefined && chosen.stride === undefined) {
    if (model.kind === kinds.nvlabs_segformer.title) return NVLABS;
    const hub: readonly string[] = [kinds.hub_segformer.title, kinds.in_memory_segformer.title];
    if (hub.includes(model.kind)) return await processorProtocol(path, model.window);
  }
  const window = chosen.window ?? model.window;
  const stride = chosen.stride ?? Math.min(model.stride, window);
  return windowProtocol({ base: model.base, window, stride });
}

/** What preprocessor_config.json says, or what Hugging Face's processor does without it. */
async function processorProtocol(path: string, window: number): Promise<Seen> {
  const { preprocessor } = await readHubFiles(path);
  const size = preprocessor?.size ?? window;
  const sides: Size = typeof size === "number"
    ? [size, size]
    : "height" in size
    ? [size.height, size.width]
    : [size.shortest_edge, size.shortest_edge];
  return { resize: { to: "size", size: sides }, multiple: 1, windows: null };
}
