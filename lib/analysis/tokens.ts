import { sizeOf } from "../array.ts";
import type { AttentionLayer } from "../families/anatomy.ts";
import type { Point } from "../report/marked.ts";
import { gridOf } from "./layers.ts";
import type { View } from "./views.ts";

/** The token that looks at others: one of both, or the network's class token. */
export interface LookingToken {
  /** A pixel of the pictures, from their upper left corner. */
  readonly at?: Point;
  /** A token by its name: "class token", "distillation token", or a class. */
  readonly token?: string;
}

/** Where a token stands among a layer's queries for a picture, and how many they are. */
export function tokenIndex(
  layer: AttentionLayer,
  view: View,
  looking: LookingToken,
  classes: readonly string[],
  doing: string,
): { readonly index: number; readonly count: number } {
  const { image: { width, height } } = view;
  const cells = sizeOf(gridOf(layer, [height, width]));
  const count = layer.before.length + cells + layer.behind;
  const { token } = looking;
  if (token === undefined) {
    return {
      index: layer.before.length + cellAt(layer, view, pixelOf(view, looking), doing),
      count,
    };
  }
  const before = layer.before.indexOf(token);
  const index = before >= 0 ? before : layer.before.length + cells + classes.indexOf(token);
  return { index, count };
}

/** The pixel that is asked for, or the one in a picture's middle. */
export function pixelOf({ own: { width, height } }: View, { at }: LookingToken): Point {
  return at ?? { x: width >> 1, y: height >> 1 };
}

/** The cell of a layer in which a pixel of a picture lies, counted row by row. */
export function cellAt(
  layer: { readonly stride: number },
  view: View,
  at: Point,
  doing: string,
): number {
  const { name, scale, own, image: { width, height } } = view;
  const inside = at.x >= 0 && at.y >= 0 && at.x < own.width && at.y < own.height;
  if (!inside) {
    throw new RangeError(
      `${doing} of ${name}: a pixel from 0, 0 to ${own.width - 1}, ${own.height - 1} needed, got ` +
        `${at.x}, ${at.y}`,
    );
  }
  const [rows, columns] = gridOf(layer, [height, width]);
  const row = Math.min(Math.floor(at.y * scale / layer.stride), rows - 1);
  return row * columns + Math.min(Math.floor(at.x * scale / layer.stride), columns - 1);
}
