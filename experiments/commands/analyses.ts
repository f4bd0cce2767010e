import { attentionDistance } from "../../lib/analysis/attention_distance.ts";
import { attentionMaps } from "../../lib/analysis/attention_maps.ts";
import type { Finding } from "../../lib/analysis/finding.ts";
import { featureSimilarity } from "../../lib/analysis/feature_similarity.ts";
import { receptiveFields } from "../../lib/analysis/receptive_field.ts";
import type { Fusion } from "../../lib/analysis/rollout.ts";
import type { OpenedModel } from "../../lib/models/open.ts";
import type { Listener } from "../../lib/progress.ts";
import type { Point } from "../../lib/report/marked.ts";

/** What an analysis is asked for: the command's arguments and those options that were given. */
export interface Request {
  /** The checkpoint. */
  readonly model: OpenedModel;
  /** The checkpoint and those beside it, by what their figures call them. */
  readonly models: Readonly<Record<string, OpenedModel>>;
  /** The files of pictures; at least one unless the analysis needs none. */
  readonly pictures: readonly string[];
  readonly choice: Choice & Listener;
}

/** Options that were given; each analysis takes those that it knows. */
export interface Choice {
  readonly layer?: string;
  readonly head?: number | "mean" | "all";
  readonly at?: Point;
  readonly token?: string;
  readonly rollout?: Fusion;
  readonly side?: number;
  readonly threads?: number;
}

/** An analysis of the command. */
export interface Analysis {
  /** What it shows, for the help. */
  readonly title: string;
  /** False where it looks at weights alone. */
  readonly needsPictures: boolean;
  /** The options that mean something to it, beside --side and --threads. */
  readonly options: readonly (keyof Choice | "with")[];
  run(request: Request): Promise<Finding>;
}

/** All analyses by the names that --what takes. */
export const analyses: Readonly<Record<string, Analysis>> = {
  attention: {
    title: "where a patch, a class token or a class embedding looks, by layer and head",
    needsPictures: true,
    options: ["layer", "head", "at", "token", "rollout"],
    run: ({ model, pictures, choice }) => attentionMaps(model, pictures, choice),
  },
  distance: {
    title: "how far each head looks, by depth",
    needsPictures: true,
    options: ["layer"],
    run: ({ model, pictures, choice }) => attentionDistance(model, pictures, choice),
  },
  "receptive-field": {
    title: "which pixels the middle of each stage depends on, several networks side by side",
    needsPictures: true,
    options: ["layer", "with"],
    run: ({ models, pictures, choice }) => receptiveFields(models, pictures, choice),
  },
  similarity: {
    title: "how alike the features of one pixel and of all others are, layer by layer",
    needsPictures: true,
    options: ["layer", "at"],
    run: ({ model, pictures, choice }) => featureSimilarity(model, pictures, choice),
  },
};
