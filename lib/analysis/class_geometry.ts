import type { NDArray } from "../array.ts";
import { variants } from "../families/registry.ts";
import type { Colour } from "../images/image.ts";
import type { OpenedModel } from "../models/open.ts";
import {
  cosineFigure,
  type EmbeddingPoint,
  scatterEmbedding,
} from "../report/embedding_figures.ts";
import type { Drawing } from "../report/picture.ts";
import { superClassesOf } from "../sets/super_classes.ts";
import { nanMean } from "../statistics.ts";
import { firstOf } from "../words.ts";
import { type ClassPlane, classPlane, cosineSimilarities } from "./class_embeddings.ts";
import { decodedClasses } from "./decoded_classes.ts";
import { Finding } from "./finding.ts";
import { rounded } from "./maps.ts";
import { computingOf } from "./computing.ts";
import { type LookOptions, type Picture, viewsOf } from "./views.ts";

/** Which class embeddings are looked at, and how classes are grouped. */
export interface ClassOptions extends LookOptions {
  /** Pictures to decode: what the decoder makes of the embeddings in place of what was learned. */
  readonly pictures?: readonly Picture[];
  /** The group of each class by its name; the data set's published ones if not given. */
  readonly groups?: Readonly<Record<string, string>>;
}

/** Class embeddings of a network. */
export interface EmbeddedClasses {
  /** The classes' names. */
  readonly classes: readonly string[];
  /** A colour for each class. */
  readonly palette: readonly Colour[];
  /** The group of each class; null where there are none. */
  readonly groups: readonly string[] | null;
  /** A row a class: [classes, dim]. */
  readonly embeddings: NDArray;
}

/** How the classes of a network lie to each other: Segmenter's figure 8, and their cosines. */
export class ClassGeometry extends Finding {
  /** How its files are named. */
  override readonly name = "embeddings";
  /** The classes in the plane of the first two singular directions. */
  readonly plane: ClassPlane;
  /** The cosine of each two classes [classes, classes]. */
  readonly cosines: readonly (readonly number[])[];

  /**
   * Takes the embeddings of classes.
   *
   * @internal
   */
  constructor(
    /** The checkpoint's kind. */
    readonly model: string,
    /** What was looked at. */
    readonly embedded: EmbeddedClasses,
    /** How many pictures the decoder saw; 0 where these are the learned embeddings. */
    readonly images: number,
  ) {
    super();
    this.plane = classPlane(embedded.embeddings);
    this.cosines = cosineSimilarities(embedded.embeddings);
  }

  /** The mean cosine of two classes of one group and of different groups; null without groups. */
  get byGroup(): { readonly within: number; readonly between: number } | null {
    const { groups } = this.embedded;
    if (!groups) return null;
    const pairs = this.cosines.flatMap((row, i) =>
      row.slice(0, i).map((cosine, k) => ({ cosine, same: groups[i] === groups[k] }))
    );
    const meanOf = (same: boolean) =>
      nanMean(pairs.filter((pair) => pair.same === same).map(({ cosine }) => cosine));
    return { within: meanOf(true), between: meanOf(false) };
  }

  /** What a terminal shows. */
  override text(): string {
    const { byGroup } = this;
    return byGroup === null ? "" : `Mean cosine of two classes of one group ` +
      `${byGroup.within.toFixed(3)}, of different groups ${byGroup.between.toFixed(3)}.`;
  }

  /** All numbers. */
  override toJSON(): unknown {
    const { model, images, embedded: { classes, groups }, plane, cosines, byGroup } = this;
    return {
      model,
      embeddings: images > 0 ? `decoded, mean of ${images} images` : "learned",
      classes: classes.map((name, i) => ({
        name,
        group: groups?.[i] ?? null,
        x: rounded(plane.points[i]![0]),
        y: rounded(plane.points[i]![1]),
      })),
      singular_values: plane.singularValues.map((value) => rounded(value)),
      explained_shares: plane.explained.map((value) => rounded(value)),
      cosines: cosines.map((row) => row.map((value) => rounded(value))),
      mean_cosine: byGroup,
    };
  }

  /** The pictures by what is added to the names of their files. */
  override pictures(): Promise<Readonly<Record<string, Drawing>>> {
    const { embedded: { classes, groups }, plane, cosines } = this;
    const points = pointsOf(this.embedded, plane.points);
    const order = [...classes.keys()];
    const places = groups ? [...new Set(groups)] : [];
    if (groups) order.sort((a, b) => places.indexOf(groups[a]!) - places.indexOf(groups[b]!));
    const borders = order.keys().filter((i) =>
      i > 0 && groups !== null && groups[order[i]!] !== groups[order[i - 1]!]
    );
    return Promise.resolve({
      "": scatterEmbedding(points),
      cosines: cosineFigure({
        classes: order.map((i) => classes[i]!),
        cosines: order.map((i) => order.map((k) => cosines[i]![k]!)),
        borders: [...borders],
      }),
    });
  }
}

/**
 * How the classes of a Mask Transformer lie to each other: the learned embeddings, or what its decoder
 * makes of them where it sees `pictures` (the mean over their middle squares). A network without class
 * embeddings is an error.
 */
export async function classGeometry(
  model: OpenedModel,
  options: ClassOptions = {},
): Promise<ClassGeometry> {
  const embedded = await embeddedClasses(model, options);
  return new ClassGeometry(model.kind, embedded, options.pictures?.length ?? 0);
}

/** The class embeddings of a network as the options ask for them. */
export async function embeddedClasses(
  model: OpenedModel,
  options: ClassOptions,
): Promise<EmbeddedClasses> {
  const { architecture, weights, classes, palette } = model;
  const names = architecture.family.classEmbeddings?.(architecture.config);
  if (!names) throw withoutEmbeddings(model.kind);
  const { pictures = [], groups } = options;
  return {
    classes,
    palette,
    groups: groups ? givenGroups(classes, groups) : superClassesOf(classes),
    embeddings: pictures.length > 0
      ? await decoded(model, pictures, options)
      : matrixOf(weights.get(names.learned)!),
  };
}

function decoded(
  model: OpenedModel,
  pictures: readonly Picture[],
  options: ClassOptions,
): Promise<NDArray> {
  const views = viewsOf(pictures, model, options, { cut: "square", title: "decoding classes" });
  const inputs = async function* () {
    for await (const { input } of views) yield input;
  };
  const { threads, provider } = computingOf(options);
  return decodedClasses(model.architecture, model.weights, inputs(), threads, provider);
}

/** [1, classes, dim] as [classes, dim]. */
function matrixOf({ shape, data }: NDArray): NDArray {
  return { shape: shape.slice(-2), data };
}

function givenGroups(
  classes: readonly string[],
  groups: Readonly<Record<string, string>>,
): string[] {
  return classes.map((name) => {
    const group = groups[name];
    if (group !== undefined) return group;
    throw new RangeError(
      `Cannot group classes: a group for each of ${classes.length} classes needed, got none for ` +
        `"${name}" but for ${firstOf(Object.keys(groups)) || "no class"}`,
    );
  });
}

function withoutEmbeddings(kind: string): RangeError {
  const use = { classes: 2, image: 64, dropPath: 0, decoderDropout: 0 };
  const having = Object.entries(variants).filter(([, variant]) => {
    const { family, config } = variant.architecture(use);
    return family.classEmbeddings?.(config) != null;
  });
  return new RangeError(
    `Cannot analyse class embeddings: a checkpoint with class embeddings needed, as those of ` +
      `${having.map(([name]) => name).join(", ")} have them, got ${kind}, which has none`,
  );
}

/** Classes at points, as figures draw them. */
export function pointsOf(
  { classes, palette, groups }: Omit<EmbeddedClasses, "embeddings">,
  points: readonly (readonly [number, number])[],
): EmbeddingPoint[] {
  return classes.map((label, i) => ({
    label,
    x: points[i]![0],
    y: points[i]![1],
    colour: palette[i]!,
    ...groups && { group: groups[i]! },
  }));
}
