import type { AttentionLayer, FeatureLayer } from "../families/anatomy.ts";
import type { Size } from "../images/image.ts";
import type { OpenedModel } from "../models/open.ts";
import { firstOf } from "../words.ts";

/** The layers of attention of a network; one without any is a RangeError. */
export function attentionLayers(model: OpenedModel, doing: string): readonly AttentionLayer[] {
  const { family, config } = model.architecture;
  const layers = family.anatomy?.(config).attention ?? [];
  if (layers.length > 0) return layers;
  throw new RangeError(
    `${doing}: a network with attention needed, got ${model.kind}, which has none`,
  );
}

/** The layers whose features are known of a network; none for one's own. */
export function featureLayers({ architecture }: OpenedModel): readonly FeatureLayer[] {
  return architecture.family.anatomy?.(architecture.config).features ?? [];
}

/** The layer of a name; a number is that of the encoder's layer. Another is a RangeError that lists all. */
export function layerOf<L extends AttentionLayer | FeatureLayer>(
  layers: readonly L[],
  name: string | number,
  doing: string,
): L {
  const wanted = /^\d+$/.test(`${name}`) ? `encoder.${name}` : name;
  const found = layers.find((layer) => layer.name === wanted);
  if (found) return found;
  const names = firstOf(layers.map((layer) => layer.name), 60);
  throw new RangeError(`${doing}: one of the layers ${names} needed, got "${name}"`);
}

/** So many of a list, from the first to the last, evenly. */
export function evenly<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => {
    return items[Math.round(i * (items.length - 1) / (count - 1))]!;
  });
}

/** Rows and columns of a layer's cells for images of a size. */
export function gridOf({ stride }: { readonly stride: number }, [h, w]: Size): Size {
  return [Math.ceil(h / stride), Math.ceil(w / stride)];
}

/** Rows and columns of what the cells look at: squares of them where keys are reduced. */
export function keyGrid(layer: AttentionLayer, size: Size): Size {
  const [rows, columns] = gridOf(layer, size);
  return [Math.floor(rows / layer.reduction), Math.floor(columns / layer.reduction)];
}
