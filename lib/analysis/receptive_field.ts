import type { NDArray } from "../array.ts";
import type { FeatureLayer } from "../families/anatomy.ts";
import { gradients } from "../graph/gradients.ts";
import { sum } from "../graph/ops/broadcast.ts";
import { add, neg, relu } from "../graph/ops/math.ts";
import { reshape, slice } from "../graph/ops/structure.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { OpenedModel } from "../models/open.ts";
import { featureMap } from "./feature_map.ts";
import { evenly, featureLayers, layerOf } from "./layers.ts";
import { type OpenGraph, Probe } from "./probe.ts";
import { type Field, type ModelFields, ReceptiveFields } from "./receptive_field_finding.ts";
import { computingOf } from "./computing.ts";
import { type LookOptions, type Picture, viewsOf } from "./views.ts";

/** What a look at receptive fields may choose. */
export interface ReceptiveFieldOptions extends LookOptions {
  /** A layer beside the class scores, by name; if not given, all stages, or three of many blocks. */
  readonly layer?: string | number;
}

const DOING = "Cannot take a receptive field";

/** What the class scores are called beside the layers. */
const SCORES = "class scores";

/**
 * Effective receptive fields (Luo et al. 2016, SegFormer's figure 3) of networks by their names, side by
 * side: how much the output in the middle of a layer, summed over channels, changes with each pixel, as
 * the mean over square pictures of the gradient's absolute value, summed over colours. All networks see
 * squares of one side.
 */
export async function receptiveFields(
  models: Readonly<Record<string, OpenedModel>>,
  pictures: readonly Picture[],
  options: ReceptiveFieldOptions = {},
): Promise<ReceptiveFields> {
  const named = Object.entries(models);
  if (named.length === 0) throw new RangeError(`${DOING}: at least one network needed, got none`);
  const side = options.side ?? Math.max(...named.map(([, { window }]) => window));
  const found: ModelFields[] = [];
  for (const [name, model] of named) {
    found.push({
      model: name,
      fields: await fieldsOf(name, model, pictures, { ...options, side }),
    });
  }
  return new ReceptiveFields(pictures.length, side, found);
}

async function fieldsOf(
  name: string,
  model: OpenedModel,
  pictures: readonly Picture[],
  options: ReceptiveFieldOptions & { readonly side: number },
): Promise<Field[]> {
  const all = featureLayers(model);
  const layers = options.layer === undefined ? stagesOf(all) : [layerOf(all, options.layer, DOING)];
  const { side } = options;
  const strides = new Map<string, number>();
  const probe = new Probe(model, computingOf(options), (graph: OpenGraph) => {
    const { scores: { map, height }, images } = graph;
    strides.set(SCORES, height / map.dims(4)[2]);
    return Object.fromEntries([
      ...layers.map((layer) => [layer.name, receptiveField(featureMap(layer, graph), images)]),
      [SCORES, receptiveField(map, images)],
    ]);
  });
  for (const { name, stride } of layers) strides.set(name, stride);
  const sums = new Map<string, Float64Array>();
  try {
    const how = { cut: "square", title: `receptive field of ${name}` } as const;
    for await (const view of viewsOf(pictures, model, options, how)) {
      for (const [layer, { data }] of Object.entries(await probe.ask(view.input))) {
        const sum = sums.get(layer) ?? new Float64Array(data.length);
        for (let i = 0; i < data.length; i++) sum[i]! += data[i]! / pictures.length;
        sums.set(layer, sum);
      }
    }
  } finally {
    await probe.release();
  }
  return [...sums].map(([layer, sum]) => {
    const field = { shape: [side, side], data: new Float32Array(sum) };
    const [half, most] = sidesHolding(field, middleOf(side, strides.get(layer)!), [0.5, 0.95]);
    return { layer, field, half: half!, most: most! };
  });
}

/**
 * All stages; of a network of many blocks, each of which costs a backward pass, three that begin with the
 * first. The class scores stand for the end.
 */
function stagesOf(layers: readonly FeatureLayer[]): FeatureLayer[] {
  const encoder = layers.filter(({ part }) => part === "encoder");
  return encoder.length <= 4 ? encoder : evenly(encoder, 4).slice(0, 3);
}

/**
 * The absolute gradient of the middle of a map [b, dim, rows, columns], summed over channels, to images
 * [b, 3, h, w], summed over colours: [b, h, w].
 */
export function receptiveField(map: Tensor, images: Tensor): Tensor {
  const [b, dim, rows, columns] = map.dims(4);
  const middle = slice(map, [0, 0, rows >> 1, columns >> 1], [b, dim, 1, 1]);
  const [gradient] = gradients(reshape(sum(middle, [0, 1, 2, 3]), []), [images]);
  const absolute = add(relu(gradient!), relu(neg(gradient!)));
  const [, , h, w] = images.dims(4);
  return reshape(sum(absolute, [1]), [b, h, w]);
}

/** The pixel coordinate of the middle cell's centre, along a side of so many pixels. */
function middleOf(side: number, stride: number): number {
  return ((Math.ceil(side / stride) >> 1) + 0.5) * stride;
}

/**
 * The sides in pixels of the smallest squares that hold given shares of a field [h, w] in whole pixels,
 * around the point that is `middle` pixels from the left and the upper border.
 */
export function sidesHolding(
  { shape, data }: NDArray,
  middle: number,
  shares: readonly number[],
): number[] {
  const [h, w] = shape as [number, number];
  const bySide = new Float64Array(2 * Math.max(h, w) + 2);
  for (let y = 0, i = 0; y < h; y++) {
    for (let x = 0; x < w; x++, i++) {
      const distance = Math.max(Math.abs(x + 0.5 - middle), Math.abs(y + 0.5 - middle));
      bySide[Math.round(2 * distance) + 1]! += data[i]!;
    }
  }
  const total = bySide.reduce((sum, value) => sum + value, 0);
  return shares.map((share) => {
    let held = 0;
    return bySide.findIndex((value) => (held += value) >= share * total * (1 - 1e-9));
  });
}
