import { ALL_LEARNS, isBelow, type Tuning } from "../nn/tuning.ts";
import type { EncoderParts } from "./anatomy.ts";
import type { Architecture } from "./family.ts";

/** What somebody chooses of a training: which part learns, and by what. */
export interface TuningChoice {
  /** The whole encoder, or its first blocks with what is before them, stay as they are; null for none. */
  readonly freeze: "encoder" | number | null;
  /** The rank of adapters of the encoder's attention, which then learn in its place; null for none. */
  readonly loraRank: number | null;
  /** Adapters count alpha / rank. */
  readonly loraAlpha: number;
}

/**
 * What of a network learns. What is frozen runs as without training, as mmsegmentation's frozen stages do:
 * no stochastic depth, and batch norm by running statistics that stay. The blocks around adapters stay in
 * training, as PEFT leaves them. A network without what is asked for is a RangeError.
 */
export function tuningOf(
  architecture: Architecture,
  { freeze, loraRank, loraAlpha }: TuningChoice,
): Tuning {
  if (freeze === null && loraRank === null) return ALL_LEARNS;
  if (loraRank !== null) {
    if (freeze !== null) {
      throw new RangeError(
        `Cannot freeze and adapt an encoder: one of both needed, since adapters freeze all others of ` +
          `its parameters, got freeze ${freeze} and adapters of rank ${loraRank}`,
      );
    }
    return adapted(architecture, loraRank, loraAlpha);
  }
  const { embedding, blocks, end } = encoderParts(architecture, "freeze");
  const count = freeze === "encoder" ? blocks.length : freeze!;
  if (count > blocks.length) {
    throw new RangeError(
      `Cannot freeze ${count} blocks: an encoder of as many needed, got one of ${blocks.length}`,
    );
  }
  const frozen = [
    ...embedding,
    ...blocks.slice(0, count).flat(),
    ...freeze === "encoder" ? end : [],
  ];
  return { frozen, still: frozen, lora: null };
}

function adapted(architecture: Architecture, rank: number, alpha: number): Tuning {
  const { embedding, blocks, end, windowed = [] } = encoderParts(architecture, "adapt");
  const { family, config } = architecture;
  const attention = family.anatomy!(config).attention.filter(({ part }) => part === "encoder");
  const layers = [...attention.map(({ tap }) => tap.replace(/weights$/, "")), ...windowed];
  if (layers.length === 0) {
    throw new RangeError(
      `Cannot adapt ${family.name}: an encoder with attention needed, got one without`,
    );
  }
  return {
    frozen: [...embedding, ...blocks.flat(), ...end],
    still: [...embedding, ...end],
    lora: { rank, alpha, layers },
  };
}

function encoderParts({ family, config }: Architecture, doing: string): EncoderParts {
  const anatomy = family.anatomy?.(config);
  if (anatomy) return anatomy.encoder;
  throw new RangeError(
    `Cannot ${doing} an encoder: a network whose encoder is known needed, got ${family.name}`,
  );
}

/** Whether a parameter is of the encoder, by its name. A network whose encoder is not known is a RangeError. */
export function inEncoder(architecture: Architecture): (name: string) => boolean {
  const { embedding, blocks, end } = encoderParts(architecture, "warm up");
  const beginnings = [...embedding, ...blocks.flat(), ...end];
  return (name) => isBelow(name, beginnings);
}

/**
 * What a parameter's learning rate is multiplied by where each layer of the encoder learns `decay` times as
 * fast as the next, as timm's param_groups_layer_decay has it: the embedding is the first layer, each block
 * one, the last with what is behind it, and the decoder, which has the whole rate, comes after them.
 * mmsegmentation and BEiT give the last norm the whole rate too.
 */
export function layerDecayOf(
  architecture: Architecture,
  decay: number,
): (name: string) => number {
  if (decay === 1) return () => 1;
  const { embedding, blocks, end } = encoderParts(architecture, "slow the layers of");
  const layers = [embedding, ...blocks.slice(0, -1), [...blocks.at(-1)!, ...end]];
  return (name) => {
    const layer = layers.findIndex((beginnings) => isBelow(name, beginnings));
    return layer < 0 ? 1 : decay ** (layers.length - layer);
  };
}
