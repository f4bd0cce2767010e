import { z } from "zod";
import { lossKinds, type PixelLoss } from "./kinds.ts";

/** A part of a sum of losses. */
export interface LossTerm {
  readonly kind: string;
  readonly weight: number;
  readonly loss: PixelLoss;
}

const TERM = /^(?:(?<weight>\d+(?:\.\d+)?|\.\d+)\*)?(?<kind>[a-z-]+)(?:\((?<inside>[^()]*)\))?$/;

/** The losses by their names with their parameters, for messages and help. */
export const lossNames: string = Object.entries(lossKinds)
  .map(([name, { parameters }]) => parameters.length ? `${name}(${parameters.join(", ")})` : name)
  .join(", ");

/**
 * A loss as text: one of `lossKinds` or a sum, each with its parameters and a weight where wanted:
 * "ce", "ce+0.5*dice", "tversky(beta=0.8)+lovasz".
 */
export function parseLoss(text: string): readonly LossTerm[] {
  const terms = text.replaceAll(/\s/g, "").split(/\+(?![^(]*\))/);
  return terms.map((term) => {
    const { weight = "1", kind = "", inside } = term.match(TERM)?.groups ?? {};
    if (!Object.hasOwn(lossKinds, kind)) {
      throw new RangeError(
        `Cannot take the loss "${text}": one of ${lossNames}, or a sum such as ce+0.5*dice, ` +
          `needed, got "${term}"`,
      );
    }
    if (!(Number(weight) > 0)) {
      throw new RangeError(`Cannot take the loss "${text}": weights above 0 needed, got ${weight}`);
    }
    return { kind, weight: Number(weight), loss: read(text, kind, inside ?? "") };
  });
}

/** A loss of its name and "alpha=0.3,beta=0.7". */
function read(text: string, kind: string, inside: string): PixelLoss {
  const settings = inside === "" ? [] : inside.split(",").map((part) => {
    const [name, value, ...more] = part.split("=");
    if (name && value && more.length === 0) return [name, value] as const;
    throw new SyntaxError(
      `Cannot take the loss "${text}": parameters such as ${kind}(name=value) needed, got "${part}"`,
    );
  });
  try {
    return lossKinds[kind]!.read(Object.fromEntries(settings));
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const { parameters } = lossKinds[kind]!;
    throw new RangeError(
      `Cannot take the loss "${text}": of ${kind} ${parameters.join(", ") || "no parameters"} ` +
        `needed, got\n${z.prettifyError(error)}`,
    );
  }
}
