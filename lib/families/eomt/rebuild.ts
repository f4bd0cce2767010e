import type { NDArray } from "../../array.ts";
import type { SideFiles } from "../../checkpoints/side_files.ts";
import { blockCount, shapeOf } from "../../checkpoints/tensor_shapes.ts";
import type { DinoConfig } from "../encoders/dino.ts";
import { requireWhole } from "../encoders/differences.ts";
import { assumedHeads, squareGrid } from "../encoders/vit_checkpoints.ts";
import type { Rebuilt } from "../family.ts";
import { singlePass } from "../protocol.ts";
import type { EomtConfig } from "./eomt.ts";
import { type HubFiles, readHubFiles, taskOf } from "./hub_config.ts";
import { squaresAlong } from "./testing.ts";
import { training } from "./variants.ts";

const BACKBONE = "encoder.backbone.";

/** Side of the images where neither tensors nor files say it. */
const SIDE = 640;

/** Blocks with queries by the width of the encoder, as published. */
const BLOCKS: Readonly<Record<number, number>> = { 1024: 4, 1536: 5 };

/** Reads an EoMT from its tensors (Seglab's names) and transformers' files, where they are beside it. */
export async function rebuildEomt(
  tensors: ReadonlyMap<string, NDArray>,
  beside: SideFiles,
): Promise<Rebuilt<EomtConfig>> {
  requireWhole(tensors, BACKBONE);
  const files = await readHubFiles(beside);
  const encoder = encoderOf(tensors, files);
  const [queries] = shapeOf(tensors, "q.weight", 2);
  const classes = shapeOf(tensors, "class_head.weight", 2)[0] - 1;
  const blocks = files.config?.num_blocks ?? BLOCKS[encoder.dim] ?? 3;
  const task = taskOf(files, queries);
  const [side] = encoder.imageSize;
  const { processor } = files;
  const factor = processor?.rescale_factor ?? 1 / 255;
  const bytes = ([r, g, b]: readonly [number, number, number]) =>
    [r / factor, g / factor, b / factor] as const;
  return {
    config: { encoder, blocks, queries, classes, task, ...training(classes, task, side) },
    normalization: {
      mean: bytes(processor?.image_mean ?? [0.485, 0.456, 0.406]),
      std: bytes(processor?.image_std ?? [0.229, 0.224, 0.225]),
    },
    protocol: singlePass(squaresAlong(side)),
    window: side,
    stride: side,
    classes: classNames(files.config?.id2label, classes),
    assumed: files.config ? [] : [
      `${encoder.heads} attention heads of 64 channels and queries in the last ${blocks} blocks (no config.json)`,
      `${task} segmentation by its ${queries} queries (no preprocessor_config.json)`,
    ],
  };
}

function encoderOf(tensors: ReadonlyMap<string, NDArray>, { config }: HubFiles): DinoConfig {
  const [dim, , patch] = shapeOf(tensors, `${BACKBONE}patch_embed.proj.weight`, 4);
  const table = tensors.get(`${BACKBONE}pos_embed`);
  const [rows, columns] = table ? squareGrid(table.shape[1]!) : [0, 0];
  const side = config?.image_size ?? SIDE;
  const block = `${BACKBONE}blocks.0.`;
  const gated = tensors.has(`${block}mlp.w3.weight`);
  const registers = tensors.get(`${BACKBONE}reg_token`);
  return {
    imageSize: table ? [rows * patch, columns * patch] : [side, side],
    patch,
    dim,
    heads: config?.num_attention_heads ?? assumedHeads(dim),
    layers: blockCount(tensors, `${BACKBONE}blocks.`),
    registers: registers?.shape[1] ?? 0,
    hidden: shapeOf(tensors, `${block}mlp.${gated ? "w3" : "fc2"}.weight`, 2)[1],
    gated,
    layerScale: tensors.has(`${block}ls1.gamma`),
    positions: table ? { kind: "patches" } : { kind: "rope" },
    eps: config?.layer_norm_eps ?? 1e-6,
    dropPath: 0.1,
  };
}

function classNames(
  labels: Readonly<Record<string, string>> | undefined,
  classes: number,
): readonly string[] | undefined {
  const names = Array.from({ length: classes }, (_, i) => labels?.[i]);
  const known = names.every((name) => name !== undefined && !/^LABEL_\d+$/.test(name));
  return known ? names as string[] : undefined;
}
