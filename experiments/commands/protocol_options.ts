import { type Command, Option } from "commander";
import type { Protocol } from "../../lib/families/protocol.ts";
import { recipeOf } from "../../lib/families/recipe.ts";
import { families, familyOf } from "../../lib/families/registry.ts";
import {
  chosenProtocol,
  protocolWords,
  publishedProtocol,
} from "../../lib/inference/chosen_protocol.ts";
import type { OpenedModel } from "../../lib/models/open.ts";
import { whole } from "./command.ts";
import { type PrecisionOptions, withPrecisionOptions } from "./precision_options.ts";
import { longSide, resizeOf, type ResizeOption } from "./resize_option.ts";

/** The papers that have a test protocol, by the names of their families. */
const papers = families.filter(({ testing }) => testing).map(({ name }) => name);

/** How a test protocol is chosen on the command line. */
export interface ProtocolOptions extends PrecisionOptions, ResizeOption {
  readonly protocol?: string;
  readonly window?: number;
  readonly stride?: number;
  readonly multiScale?: boolean;
  readonly flip?: boolean;
  readonly threads: number;
}

/** A command with the options of a test protocol, and the network's threads. */
export function withProtocolOptions(command: Command): Command {
  return withPrecisionOptions(command)
    .addOption(
      new Option(
        "--protocol <paper>",
        "test as a paper does on this data set: sizes, windows and their distance, scales " +
          "(default: as `segment` shows pictures to the model)",
      ).choices(papers),
    )
    .option("--window <pixels>", "side of the sliding windows (default: the model's)", whole(1))
    .option(
      "--stride <pixels>",
      "their distance (default: the protocol's or the model's, at most --window)",
      whole(1),
    )
    .option(
      "--resize <long>",
      "the length of images' longer side as they are shown, in pixels; none for their own size " +
        "(default: the protocol's or the model's)",
      longSide,
    )
    .option("--multi-scale", "the mean over the protocol's scales: three to seven times slower")
    .option("--flip", "the mean with the mirror image: twice slower")
    .option("--threads <n>", "results depend on it", whole(1), navigator.hardwareConcurrency);
}

/** The protocol that options choose for a model on a data set by its name. */
export function protocolFor(
  model: OpenedModel,
  data: string,
  options: ProtocolOptions,
): Protocol {
  const { protocol: paper, window, stride, resize, multiScale = false, flip = false } = options;
  const passes = { multiScale, flip, ...stride === undefined ? {} : { stride } };
  if (paper === undefined) {
    return chosenProtocol(model, {
      ...passes,
      ...window === undefined ? {} : { window },
      ...resizeOf(options),
    });
  }
  if (resize !== undefined) {
    throw new RangeError(`Cannot test as ${paper}: its own sizes needed, got --resize ${resize}`);
  }
  const family = familyOf(paper);
  const { architecture } = model;
  const config = architecture.family === family ? architecture.config : null;
  return publishedProtocol(family, data, config, { ...passes, window: window ?? model.window });
}

/**
 * A protocol on a data set in words and, where it goes by a paper's name, how far it is not the
 * paper's: sizes and windows follow the model's window, which may be smaller than the published crops.
 */
export function describedProtocol(
  protocol: Protocol,
  data: string,
  model: OpenedModel,
  { protocol: paper, window = model.window }: ProtocolOptions,
): string {
  const words = protocolWords(protocol);
  if (paper === undefined) return words;
  const published = Object.values(familyOf(paper).presets)
    .filter((preset) => preset.data === data)
    .flatMap((preset) => preset.variants.map((name) => recipeOf(preset, name).crop));
  if (published.length === 0) {
    const unknown = protocol.resize.to === "own size";
    return words + (unknown ? `\n${paper} has no protocol of its own for ${data}` : "");
  }
  if (published.includes(window)) return `${words} (as published for ${paper} on ${data})`;
  const crops = [...new Set(published)].sort((a, b) => a - b).join(" or ");
  return `${words}\nscaled down: the window is ${window} pixels, where ${paper} on ${data} has ` +
    `${crops}; scores are not comparable with published ones`;
}
