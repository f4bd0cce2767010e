import type { NDArray } from "../array.ts";
import type { CheckpointKind } from "../checkpoints/kind.ts";
import type { SideFiles } from "../checkpoints/side_files.ts";
import { input } from "../graph/tensor.ts";
import type { Colour } from "../images/image.ts";
import type { Normalization } from "../images/normalise.ts";
import type { Model } from "../nn/model.ts";
import { type Declared, Scope } from "../nn/scope.ts";
import type { Anatomy } from "./anatomy.ts";
import type { NetworkFile } from "./network_file.ts";
import type { Protocol, Sight } from "./protocol.ts";
import type { NormalizationName, Paramwise, PatchResize, Preset, Recipe } from "./recipe.ts";

/** What every network's configuration says, whatever its family. */
export interface NetworkConfig {
  readonly classes: number;
}

/** What a network says of a picture: the class of each pixel, its things, or all of its objects. */
export type Task = "semantic" | "instance" | "panoptic";

/** A network that answers by queries. */
export interface QueryNetwork {
  /** What they stand for. */
  readonly task: Task;
  /** The side of the square that it sees a picture in. */
  readonly side: number;
  /** The most objects of a crop that it learns from. */
  readonly objects: number;
  /** The same network with each query held to its own mask in attention, as training begins. */
  readonly held: Model;
  /** The taps of that one: what the queries say before each of its last blocks, and behind all. */
  readonly stages: readonly { readonly classes: string; readonly masks: string }[];
}

/**
 * The networks of one paper. All that the rest of the library knows of a family is such a record: a
 * new family is a folder with one, and its line in registry.ts.
 */
export interface Family<C extends NetworkConfig = NetworkConfig> {
  /** How recipes, protocols and errors call it: "segmenter". */
  readonly name: string;
  /** The network of a configuration. */
  model(config: C): Model;
  /** The same network as the paper writes it, where `model` computes its values with less. */
  asPublished?(config: C): Model;
  /** What published checkpoints hold beside the network, and papers count, and nothing computes with. */
  declareUnused?(p: Scope, config: C): void;
  /** Side in pixels of the smallest image that the network takes. */
  smallestSide(config: C): number;
  /** Its named networks, by the papers' names. */
  readonly variants: Readonly<Record<string, Variant<C>>>;
  readonly backbone: Backbone<C>;
  /** The kinds of published checkpoints that hold a whole network, and how one is rebuilt. */
  readonly checkpoints: readonly NetworkKind<C>[];
  /** Under what its weights are published, where that restricts the use of all of them. */
  readonly licence?: string;
  /** Kinds whose head is another network than the family's: only their backbone is of use. */
  readonly foreign?: readonly CheckpointKind[];
  /** The published recipes, as NAME/DATA. */
  readonly presets: Readonly<Record<string, Preset>>;
  /** What of the published recipe makes sense for own data too, from a pretrained backbone. */
  readonly fineTuning?: Partial<Pick<Recipe, "lr">> & { readonly paramwise: Paramwise };
  /** What the paper minimises, as `parseLoss` reads it, where it is not cross entropy alone. */
  readonly loss?: string;
  /** How the paper tests; absent where no protocol is the family's own. */
  readonly testing?: Testing<C>;
  /** The network as another project's code reads it; absent where no such code is known. */
  readonly publishing?: Publishing<C>;
  /** Where a network's learned embeddings of classes are; null where this one has none. */
  classEmbeddings?(config: C): ClassEmbeddingNames | null;
  /** What is known of its queries, where it answers by such. */
  queries?(config: C): QueryNetwork;
  /** The parameter [classes] that is the last thing added to the scores; absent where there is none. */
  classBias?(config: C): string;
  /** What analyses can look at; absent where nothing is known of its inside. */
  anatomy?(config: C): Anatomy;
}

/** A network as plain data: all that its graph depends on besides the size of the images. */
export interface Architecture<C extends NetworkConfig = NetworkConfig> {
  readonly family: Family<C>;
  readonly config: C;
  /** Channels of the images, where they are not red, green and blue. */
  readonly channels?: number;
  /** Where the network is an exported file, which is run as it is: no graph of it can be built. */
  readonly file?: NetworkFile;
}

/** What an architecture's queries are asked; null where it has none, or they are for classes alone. */
export function objectTask({ family, config }: Architecture): Exclude<Task, "semantic"> | null {
  const task = family.queries?.(config).task ?? "semantic";
  return task === "semantic" ? null : task;
}

/** Channels of the images that an architecture takes. */
export function inputChannels({ channels = 3 }: Pick<Architecture, "channels">): number {
  return channels;
}

/** A named network. */
export interface Variant<C extends NetworkConfig = NetworkConfig> {
  /** The coarsest stride of the network in pixels: what crops are made of. */
  readonly patch: number;
  /** Side of the images that it was published for. */
  readonly image: number;
  /** Learnt numbers at that side with ADE20K's 150 classes. */
  readonly parameters: number;
  /** Which pixel statistics the published weights were trained with. */
  readonly normalization: NormalizationName;
  /** Under what its published weights are, where that restricts their use. */
  readonly licence?: string;
  config(use: VariantUse): C;
}

/** What a use of a named network decides. */
export interface VariantUse {
  readonly classes: number;
  /** Side of the square images that the position embeddings are for. */
  readonly image: number;
  /** Stochastic depth of the encoder, 0.1 as published. */
  readonly dropPath: number;
  /** Dropout in the decoder, where there is one: 0.1 as published. */
  readonly decoderDropout: number;
  /** What it learns to say; "semantic" if not given. */
  readonly task?: Task;
}

/** The part of a network that begins with ImageNet's weights. */
export interface Backbone<C extends NetworkConfig = NetworkConfig> {
  readonly encoder: Encoder;
  /** Where its parameters are, with a dot at the end: "backbone.". */
  readonly path: string;
  /**
   * Adapts a checkpoint's tensors, by the network's names, to another size of image, in place; `origin`
   * is the configuration of their own network, where more than the tensors tells it; `patches` says
   * what becomes of kernels for patches of another side.
   */
  fit?(
    tensors: Map<string, NDArray>,
    config: C,
    origin: C | null,
    patches: PatchResize,
  ): void;
}

/** A kind of published checkpoint that holds a network of the family. */
export interface NetworkKind<C extends NetworkConfig = NetworkConfig> extends CheckpointKind {
  /** Reads the network from its tensors, under Seglab's names, and the files beside it. */
  rebuild(tensors: ReadonlyMap<string, NDArray>, beside: SideFiles): Promise<Rebuilt<C>>;
}

/** A network that was read from a checkpoint, and how its authors show images to it. */
export interface Rebuilt<C extends NetworkConfig = NetworkConfig> {
  readonly config: C;
  readonly normalization: Normalization;
  readonly protocol: Protocol;
  /** Side and distance in pixels of the windows, where somebody asks for windows. */
  readonly window: number;
  readonly stride: number;
  /** The classes' names, where the files beside it have them. */
  readonly classes?: readonly string[] | undefined;
  /** What neither tensors nor files say and was taken for granted, in words. */
  readonly assumed: readonly string[];
}

/** A paper's test protocol. */
export interface Testing<C extends NetworkConfig = NetworkConfig> {
  /**
   * What is done on a data set (`ade20k`, `cityscapes` …) with windows of the training crop, `window`
   * pixels; images keep their own size on data that the paper does not have.
   */
  sight(data: string, window: number): Sight;
  /** The scales of multi-scale inference; `config` where the network is one of the family. */
  scales(data: string, config: C | null): readonly number[];
}

/** How a network goes to another project. */
export interface Publishing<C extends NetworkConfig = NetworkConfig> {
  /** Whose code reads it, in words. */
  readonly reader: string;
  publish(network: Publishable<C>): Published;
}

/** A network with what the files of another project say about it. */
export interface Publishable<C extends NetworkConfig = NetworkConfig> {
  readonly config: C;
  readonly weights: ReadonlyMap<string, NDArray>;
  readonly classes: readonly string[];
  readonly palette: readonly Colour[];
  readonly normalization: Normalization;
  readonly protocol: Protocol;
  readonly window: number;
  readonly stride: number;
}

/** A network as a folder of another project's. */
export interface Published {
  /** To be written as `file`. */
  readonly tensors: ReadonlyMap<string, NDArray>;
  readonly file: string;
  /** The texts of the files beside it by their names. */
  readonly files: Readonly<Record<string, string>>;
  /** What a person should know, in words. */
  readonly notes: readonly string[];
}

/** The names of class embeddings in a network. */
export interface ClassEmbeddingNames {
  /** The parameter [1, classes, dim] that is learned. */
  readonly learned: string;
  /** The tap [b, n, dim] whose last rows are what the decoder makes of them. */
  readonly decoded: string;
}

/** Variants of a table: each with what all of them share, and its configuration. */
export function namedVariants<V extends object, S extends object, C extends NetworkConfig>(
  table: Readonly<Record<string, V & Omit<Variant, "config" | keyof S>>>,
  shared: S & Partial<Variant>,
  config: (variant: V, use: VariantUse) => C,
): Readonly<Record<string, Variant<C>>> {
  return Object.fromEntries(
    Object.entries(table).map(([name, variant]) => {
      const facts = { ...variant, ...shared } as unknown as Omit<Variant<C>, "config">;
      return [name, { ...facts, config: (use: VariantUse) => config(variant, use) }];
    }),
  );
}

/** A kind of encoder that is trained on ImageNet and shared by families. */
export interface Encoder {
  /** What it is, for errors: "a ViT". */
  readonly title: string;
  /** Under what its weights are published, where that restricts the use of all of them. */
  readonly licence?: string;
  /** The kinds of published checkpoints that hold one alone. */
  readonly checkpoints: readonly CheckpointKind[];
}

/** The network of an architecture, with all that its published checkpoints hold. */
export function modelOf({ family, config }: Architecture): Model {
  const model = family.model(config);
  return {
    ...model,
    build: (p, images) => {
      const answer = model.build(p, images);
      family.declareUnused?.(p, config);
      return answer;
    },
  };
}

/** What a network without training declares for an image of a side in pixels: its parameters. */
export function declaredBy(architecture: Architecture, side: number): Declared {
  const model = modelOf(architecture);
  const images = input("images", [1, inputChannels(architecture), side, side]);
  return Scope.build(false, (p) => model.build(p, images));
}
