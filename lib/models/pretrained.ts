import type { NDArray } from "../array.ts";
import { assign, type LoadReport } from "../checkpoints/assign.ts";
import { type Contents, kindOf, kinds, renameFrom } from "../checkpoints/kind.ts";
import { unwrap } from "../checkpoints/unwrap.ts";
import { resizePosEmbed } from "../families/encoders/pos_embed.ts";
import { type Architecture, declaredBy } from "../families/architecture.ts";
import { extraTokens, type VitConfig } from "../families/encoders/vit.ts";
import { squareGrid } from "../families/encoders/vit_shape.ts";

/** Values from a checkpoint for parameters of a network, by Seglab's names. */
export interface Pretrained {
  /** What the checkpoint is, for example "timm ViT". */
  readonly kind: string;
  /** Parameters that have another shape or are not in the checkpoint are not in the map. */
  readonly values: ReadonlyMap<string, NDArray>;
  readonly report: LoadReport;
}

/** What a family's backbone is, and the path of its parameters. */
const backbones: Readonly<Record<Architecture["family"], readonly [Contents, path: string]>> = {
  segmenter: ["vit", "encoder."],
  segformer: ["mit", "backbone."],
  setr: ["vit", "backbone."],
  fcn: ["resnet", "backbone."],
  semantic_fpn: ["resnet", "backbone."],
  deeplabv3plus: ["resnet", "backbone."],
};

const titles: Readonly<Record<Contents, string>> = {
  vit: "a ViT",
  mit: "a Mix Transformer",
  resnet: "a ResNet",
  segmenter: "a Segmenter",
  segformer: "a SegFormer",
  setr: "a SETR",
};

/**
 * First values of a network's parameters: a checkpoint's of its kind of backbone (timm ViT, mit_bX,
 * ResNet …), or of a whole network of its family, where names and shapes fit. Position embeddings
 * [1, extra + n, dim] are resized to the network's grid.
 */
export function pretrainedFor(
  architecture: Architecture,
  tensors: ReadonlyMap<string, NDArray>,
): Pretrained {
  const { tensors: inner, outside } = unwrap(tensors);
  const { title, contents, names } = kindIn(inner);
  const [backbone, path] = backbones[architecture.family];
  if (contents !== backbone && contents !== architecture.family) {
    throw new TypeError(
      `Cannot begin ${architecture.family} from ${title}: ${titles[backbone]} or another ` +
        `${architecture.family} needed, got ${titles[contents]}`,
    );
  }
  const { tensors: named, unused } = renameFrom({ names }, inner);
  const prefix = contents === backbone ? path : "";
  const moved = new Map([...named].map(([name, tensor]) => [prefix + name, tensor]));
  if ("encoder" in architecture.config) fitPositions(moved, path, architecture.config.encoder);
  const shapes = new Map(
    [...declaredBy(architecture, 64).parameters].map(([name, { tensor }]) => [name, tensor.shape]),
  );
  const { values, report } = assign(moved, shapes);
  if (report.misshapen.length > report.loaded.length) throw ofAnotherSize(title, report);
  const ignored = [...unused, ...outside, ...report.unused];
  return { kind: title, values, report: { ...report, unused: ignored } };
}

function ofAnotherSize(title: string, { misshapen }: LoadReport): RangeError {
  const [{ name, needed, found }] = misshapen as [LoadReport["misshapen"][number]];
  return new RangeError(
    `Cannot begin from ${title}: a backbone of the same size needed, got ${misshapen.length} ` +
      `tensors of other shapes: ${name} (needs [${needed}], got [${found}]) and others`,
  );
}

function kindIn(tensors: ReadonlyMap<string, NDArray>) {
  return kinds[kindOf([...tensors.keys()])];
}

/** Replaces the position embeddings of a square grid by those of the encoder's. */
function fitPositions(tensors: Map<string, NDArray>, path: string, encoder: VitConfig): void {
  const name = `${path}pos_embed`;
  const table = tensors.get(name);
  if (!table) return;
  const { imageSize, patch, distilled } = encoder;
  const own = tensors.has(`${path}dist_token`) ? 2 : 1;
  if (own < extraTokens(encoder)) {
    throw new TypeError(
      `Cannot begin a distilled encoder: position embeddings of a distillation token needed, got ` +
        `a checkpoint without dist_token`,
    );
  }
  const kept = own === 2 && !distilled ? withoutDistillation(table) : table;
  const extra = extraTokens(encoder);
  const to = [imageSize[0] / patch, imageSize[1] / patch] as const;
  if (kept.shape[1] === extra + to[0] * to[1]) tensors.set(name, kept);
  else tensors.set(name, resizePosEmbed(kept, extra, squareGrid(kept.shape[1]! - extra), to));
}

/** Position embeddings [1, 2 + n, dim] without the distillation token's: [1, 1 + n, dim]. */
function withoutDistillation({ shape, data }: NDArray): NDArray {
  const [, tokens, dim] = shape as [number, number, number];
  const kept = new Float32Array((tokens - 1) * dim);
  kept.set(data.subarray(0, dim));
  kept.set(data.subarray(2 * dim), dim);
  return { shape: [1, tokens - 1, dim], data: kept };
}
