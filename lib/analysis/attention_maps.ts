import { type NDArray, sizeOf } from "../array.ts";
import type { AttentionLayer } from "../families/anatomy.ts";
import { matmul } from "../graph/ops/matmul.ts";
import { reshape } from "../graph/ops/structure.ts";
import { input, type Tensor } from "../graph/tensor.ts";
import type { OpenedModel } from "../models/open.ts";
import { computingOf } from "./computing.ts";
import { value } from "../runtime/value.ts";
import { AttentionMaps, type AttentionPicture, type HeadMap } from "./attention_finding.ts";
import { attentionLayers, evenly, keyGrid, layerOf } from "./layers.ts";
import { type OpenGraph, Probe } from "./probe.ts";
import { type Fusion, rollout } from "./rollout.ts";
import { type LookingToken, pixelOf, tokenIndex } from "./tokens.ts";
import { type LookOptions, type Picture, type View, viewsOf } from "./views.ts";

/** Whose attention is shown, and where: what is not given is chosen by what the network has. */
export interface AttentionOptions extends LookOptions, LookingToken {
  /**
   * A layer: "encoder.11", "decoder.1", or the number of one of the encoder; if not given, four of the
   * encoder from the first to the last, and the decoder's last.
   */
  readonly layer?: string | number;
  /** The number of a head, the mean over them, which it is if not given, or all with their mean. */
  readonly head?: number | "mean" | "all";
  /** Follows attention back through all layers up to the layer, heads becoming one in this way. */
  readonly rollout?: Fusion;
}

const DOING = "Cannot show attention";

/**
 * How much a token looks at each patch of pictures: the token of the patch at a pixel (`at`), or a named
 * one (`token`: "class token", or a class, whose embedding a Mask Transformer's decoder has).
 */
export async function attentionMaps(
  model: OpenedModel,
  pictures: readonly Picture[],
  options: AttentionOptions = {},
): Promise<AttentionMaps> {
  const all = attentionLayers(model, DOING);
  const looking = lookingToken(all, options);
  const layers = chosenLayers(model, all, { ...options, ...looking });
  const heads = chosenHead(layers, options);
  const probe = new Probe(model, computingOf(options), question(all, layers, options.rollout));
  const found: AttentionPicture[] = [];
  try {
    const how = { cut: "whole", title: "attention" } as const;
    for await (const view of viewsOf(pictures, model, options, how)) {
      const feeds = queriesOf(layers, view, looking, model.classes);
      const answers = await probe.ask(view.input, feeds);
      const maps = layers.flatMap((layer) =>
        headMaps(layer, answers[layer.name]!, view, options.rollout ? "rollout" : heads)
      );
      const { name, image: { width, height }, scale } = view;
      const { x, y } = pixelOf(view, looking);
      const ring = looking.token === undefined ? { x: x * scale, y: y * scale } : null;
      const source = pictures[found.length]!;
      found.push({ name, source, width, height, ring, maps });
    }
  } finally {
    await probe.release();
  }
  const who = looking.token ??
    (looking.at ? `patch at ${looking.at.x}, ${looking.at.y}` : "patch in the middle");
  return new AttentionMaps(model.kind, who, options.rollout ?? null, found);
}

/** The token that looks: if nothing is asked for a class token, or the patch in a picture's middle. */
function lookingToken(
  layers: readonly AttentionLayer[],
  { at, token }: LookingToken,
): LookingToken {
  if (at && token !== undefined) {
    throw new RangeError(
      `${DOING}: a pixel or a token needed, got both: ${at.x}, ${at.y} and "${token}"`,
    );
  }
  const named = token ?? layers.find(({ before }) => before.length > 0)?.before[0];
  return at ? { at } : named === undefined ? {} : { token: named };
}

function chosenLayers(
  { classes }: OpenedModel,
  all: readonly AttentionLayer[],
  { layer, token }: AttentionOptions,
): AttentionLayer[] {
  const has = (it: AttentionLayer) =>
    token === undefined || it.before.includes(token) || it.behind > 0 && classes.includes(token);
  const able = all.filter(has);
  if (able.length === 0) {
    const tokens = new Set(
      all.flatMap(({ before, behind }) => [...before, ...behind ? classes : []]),
    );
    throw new RangeError(
      `${DOING}: ${tokens.size > 0 ? `one of the tokens ${[...tokens].join(", ")}` : "a pixel"} ` +
        `needed, got "${token}"`,
    );
  }
  if (layer === undefined) {
    const [encoder, decoder] = ["encoder", "decoder"].map((part) =>
      able.filter((it) => it.part === part)
    );
    return [...evenly(encoder!, 4), ...decoder!.slice(-1)];
  }
  const chosen = layerOf(all, layer, DOING);
  if (has(chosen)) return [chosen];
  throw new RangeError(
    `${DOING}: one of the layers ${able.map(({ name }) => name).join(", ")} needed for the token ` +
      `"${token}", got ${chosen.name}`,
  );
}

function chosenHead(
  layers: readonly AttentionLayer[],
  { head = "mean", rollout }: AttentionOptions,
): number | "all" | "mean" {
  if (rollout !== undefined && head !== "mean") {
    throw new RangeError(`${DOING}: rollout makes heads one; either needed, got head ${head} too`);
  }
  if (typeof head !== "number") return head;
  const few = layers.find(({ heads }) => !Number.isInteger(head) || head < 0 || head >= heads);
  if (!few) return head;
  throw new RangeError(
    `${DOING}: one of the heads 0 to ${few.heads - 1} needed in ${few.name}, got ${head}`,
  );
}

/** The rows of one-hot queries: of each layer [heads, keys], or of rollout up to it, [1, keys]. */
function question(
  all: readonly AttentionLayer[],
  layers: readonly AttentionLayer[],
  fusion: Fusion | undefined,
) {
  return ({ taps }: OpenGraph): Record<string, Tensor> =>
    Object.fromEntries(layers.map((layer) => {
      const weights = taps.get(layer.tap)!;
      const [, heads, n, keys] = weights.dims(4);
      const query = input(`query/${layer.name}`, [1, n]);
      const answer = fusion === undefined
        ? reshape(matmul(query, weights), [heads, keys])
        : reshape(rollout(reshape(query, [1, 1, n]), below(all, layer, taps), fusion), [1, keys]);
      return [layer.name, answer];
    }));
}

/** The weights of a layer and of those before it in its part, all among the same tokens. */
function below(
  all: readonly AttentionLayer[],
  layer: AttentionLayer,
  taps: OpenGraph["taps"],
): Tensor[] {
  const upTo = all.slice(0, all.indexOf(layer) + 1).filter(({ part }) => part === layer.part);
  const uneven = upTo.find(({ stride, reduction }) => stride !== layer.stride || reduction > 1);
  if (!uneven) return upTo.map(({ tap }) => taps.get(tap)!);
  throw new RangeError(
    `Cannot roll attention out: layers whose tokens look at each other on one grid needed, got ` +
      `${uneven.name} with a stride of ${uneven.stride} pixels and keys reduced by ${uneven.reduction}`,
  );
}

function queriesOf(
  layers: readonly AttentionLayer[],
  view: View,
  looking: LookingToken,
  classes: readonly string[],
) {
  return Object.fromEntries(layers.map((layer) => {
    const { index, count } = tokenIndex(layer, view, looking, classes, DOING);
    const row = new Float32Array(count);
    row[index] = 1;
    return [`query/${layer.name}`, value(row, [1, count])];
  }));
}

/** The maps that are asked for, of rows [heads, keys]. */
function headMaps(
  layer: AttentionLayer,
  rows: NDArray,
  { image: { width, height } }: View,
  head: number | "all" | "mean" | "rollout",
): HeadMap[] {
  const grid = keyGrid(layer, [height, width]);
  const [heads, keys] = rows.shape as [number, number];
  const map = (data: Float32Array, name: HeadMap["head"]): HeadMap => {
    const cells = data.slice(layer.before.length, layer.before.length + sizeOf(grid));
    const total = (row: Float32Array) => row.reduce((sum, share) => sum + share, 0);
    const elsewhere = Math.max(0, total(data) - total(cells));
    const side = layer.stride * layer.reduction;
    return { layer: layer.name, head: name, map: { shape: grid, data: cells }, elsewhere, side };
  };
  const row = (i: number) => rows.data.subarray(i * keys, (i + 1) * keys);
  const mean = () =>
    Float32Array.from({ length: keys }, (_, k) => {
      let sum = 0;
      for (let i = 0; i < heads; i++) sum += row(i)[k]!;
      return sum / heads;
    });
  if (head === "rollout") return [map(row(0), head)];
  if (head === "mean") return [map(mean(), head)];
  if (head === "all") {
    return [
      map(mean(), "mean"),
      ...Array.from({ length: heads }, (_, i) => map(row(i), i)),
    ];
  }
  return [map(row(head), head)];
}
