import { attentionDistance } from "../../lib/analysis/attention_distance.ts";
import { attentionMaps } from "../../lib/analysis/attention_maps.ts";
import { alignClasses } from "../../lib/analysis/class_alignment.ts";
import { classGeometry } from "../../lib/analysis/class_geometry.ts";
import { costOf } from "../../lib/analysis/cost.ts";
import type { Finding } from "../../lib/analysis/finding.ts";
import { featureSimilarity } from "../../lib/analysis/feature_similarity.ts";
import { modelDifference } from "../../lib/analysis/model_difference.ts";
import { receptiveFields } from "../../lib/analysis/receptive_field.ts";
import type { Fusion } from "../../lib/analysis/rollout.ts";
import { uncertainty } from "../../lib/analysis/uncertainty.ts";
import type { OpenedModel } from "../../lib/models/open.ts";
import type { Listener } from "../../lib/progress.ts";
import type { Provider } from "../../lib/runtime/platform.ts";
import type { Point } from "../../lib/report/marked.ts";
import { dataNames, namedData } from "../../lib/sets/named.ts";
import { dataPlaces } from "./paths.ts";

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
  readonly data?: string;
  readonly side?: number;
  readonly threads?: number;
  readonly device?: Provider;
}

/** An analysis of the command. */
export interface Analysis {
  /** What it shows, for the help. */
  readonly title: string;
  /** False where it looks at weights alone. */
  readonly needsPictures: boolean;
  /** The options that mean something to it, beside --threads. */
  readonly options: readonly (keyof Choice | "with")[];
  run(request: Request): Promise<Finding>;
}

/** All analyses by the names that --what takes. */
export const analyses: Readonly<Record<string, Analysis>> = {
  attention: {
    title: "where a patch, a class token or a class embedding looks, by layer and head",
    needsPictures: true,
    options: ["layer", "head", "at", "token", "rollout", "side"],
    run: ({ model, pictures, choice }) => attentionMaps(model, pictures, choice),
  },
  distance: {
    title: "how far each head looks, by depth",
    needsPictures: true,
    options: ["layer", "side"],
    run: ({ model, pictures, choice }) => attentionDistance(model, pictures, choice),
  },
  "receptive-field": {
    title: "which pixels the middle of each stage depends on, several networks side by side",
    needsPictures: true,
    options: ["layer", "with", "side"],
    run: ({ models, pictures, choice }) => receptiveFields(models, pictures, choice),
  },
  similarity: {
    title: "how alike the features of one pixel and of all others are, layer by layer",
    needsPictures: true,
    options: ["layer", "at", "side"],
    run: ({ model, pictures, choice }) => featureSimilarity(model, pictures, choice),
  },
  embeddings: {
    title:
      "how the classes of a Mask Transformer lie to each other, as learned or, with images, as " +
      "decoded; aligned with those of another network where there is --with",
    needsPictures: false,
    options: ["with", "side"],
    run: async ({ models, pictures, choice }) => {
      const [[name, model], second] = pairOf("embeddings", models);
      const options = { ...choice, pictures };
      if (!second) return await classGeometry(model, options);
      return await alignClasses(model, second[1], { ...options, names: [name, second[0]] });
    },
  },
  cost: {
    title: "parameters, multiply-adds and memory of each module, for an image of --side",
    needsPictures: false,
    options: ["side"],
    run: ({ model, choice: { side = model.window } }) => {
      return Promise.resolve(costOf(model, { size: [side, side] }));
    },
  },
  uncertainty: {
    title: "of which pixels and images a network is least sure: what to label next",
    needsPictures: true,
    options: ["side"],
    run: ({ model, pictures, choice }) => uncertainty(model, pictures, choice),
  },
  difference: {
    title: "where a network is wrong on --data, or where it differs from that of --with",
    needsPictures: false,
    options: ["data", "with"],
    run: async ({ models, pictures, choice: { data, threads, device, onProgress } }) => {
      const [[name, model], second] = pairOf("difference", models);
      if (data === undefined || pictures.length > 0) {
        throw new RangeError(
          `Cannot analyse difference: --data with labels needed and no images, got ` +
            `${data === undefined ? "no --data" : pictures[0]}; --data takes ${dataNames}`,
        );
      }
      return await modelDifference(
        model,
        second?.[1] ?? null,
        await namedData(data, "val", dataPlaces),
        {
          names: [name, ...second ? [second[0]] : []],
          onProgress,
          ...threads && { threads },
          ...device && { device },
        },
      );
    },
  },
};

type Named = readonly [name: string, model: OpenedModel];

/** The checkpoint, and the one beside it where there is one. */
function pairOf(
  what: string,
  models: Readonly<Record<string, OpenedModel>>,
): readonly [Named, Named | undefined] {
  const [first, second, ...more] = Object.entries(models);
  if (more.length === 0) return [first!, second];
  throw new RangeError(
    `Cannot analyse ${what}: one checkpoint after --with needed, got ${more.length + 1}`,
  );
}
