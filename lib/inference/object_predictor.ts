import type { NDArray } from "../array.ts";
import {
  type Architecture,
  inputChannels,
  modelOf,
  objectTask,
  type Task,
} from "../families/family.ts";
import { input } from "../graph/tensor.ts";
import type { Raster } from "../images/image.ts";
import type { Instance } from "../images/instances.ts";
import { normalise } from "../images/normalise.ts";
import type { Objects } from "../images/objects.ts";
import { resized } from "../images/picture.ts";
import { Scope } from "../nn/scope.ts";
import { Program } from "../runtime/program.ts";
import { value } from "../runtime/value.ts";
import type { PredictorSettings } from "./predictor.ts";
import { placedAnswer, type QueryAnswer } from "./query_answer.ts";
import { instancesOfQueries, panopticOf } from "./query_objects.ts";
import { sizeOfSides } from "./query_sizes.ts";

/** What a network of queries needs to tell the objects of pictures apart. */
export type ObjectSettings =
  & Pick<
    PredictorSettings,
    "architecture" | "weights" | "normalization" | "threads" | "precision" | "provider"
  >
  & {
    /** Whether each class is of things or of stuff. */
    readonly things: readonly boolean[];
  };

/**
 * What a network is to say of pictures: what it is asked, or else what it learned. Objects of one that gives
 * classes alone are a RangeError, which begins with `doing`.
 */
export function askedTask(
  architecture: Architecture,
  asked: Task | undefined,
  doing: string,
): Task {
  const own = objectTask(architecture);
  const task = asked ?? own ?? "semantic";
  if (task === "semantic" || own !== null) return task;
  throw new RangeError(
    `${doing}: for ${task} segmentation a network that was trained for panoptic or instance segmentation ` +
      `needed, got a ${architecture.family.name} for classes alone; train one with --task ${task}, or ask ` +
      `for semantic segmentation`,
  );
}

/**
 * A network of queries with its weights, which sees pictures whole: fitted into the square that it was made for, at
 * its upper left corner, and black elsewhere (transformers' EomtImageProcessor).
 */
export class ObjectPredictor {
  private program: Promise<Program> | null = null;
  private readonly side: number;

  constructor(readonly settings: ObjectSettings) {
    const { family, config } = settings.architecture;
    askedTask(
      settings.architecture,
      objectTask(settings.architecture) ?? "panoptic",
      "Cannot tell the objects of pictures apart",
    );
    this.side = family.queries!(config).side;
  }

  /** The objects of a picture, none over another. */
  async objects(image: Raster): Promise<Objects> {
    return panopticOf(await this.ask(image), this.settings.things);
  }

  /** The things in a picture, the surest first, which may have pixels in common; all with a score from 0 on. */
  async instances(image: Raster, score?: number): Promise<readonly Instance[]> {
    const { things } = this.settings;
    const found = instancesOfQueries(await this.ask(image), score);
    return found.filter((one) => things[one.class]).toSorted((a, b) => b.score! - a.score!);
  }

  /** What the queries say of a picture. */
  async ask(image: Raster): Promise<QueryAnswer> {
    const { side, settings: { normalization } } = this;
    const picture = [image.height, image.width] as const;
    const [h, w] = sizeOfSides(picture, side, side);
    const content = [Math.max(1, h), Math.max(1, w)] as const; // a ribbon keeps a line
    const images = blackAround(
      normalise(resized(image, ...content), normalization),
      side,
      normalization,
    );
    this.program ??= this.compile();
    const { classes, masks } = await (await this.program).run({
      images: value(images.data, [1, ...images.shape]),
    });
    const alone = ({ shape, data }: { shape: readonly number[]; data: unknown }): NDArray => {
      return { shape: shape.slice(1), data: data as Float32Array };
    };
    return placedAnswer(alone(classes!), alone(masks!), { seen: [side, side], content, picture });
  }

  /** Gives the runtime's memory back. */
  async release(): Promise<void> {
    await (await this.program)?.release();
    this.program = null;
  }

  private compile(): Promise<Program> {
    const { side, settings } = this;
    const { architecture, weights, threads, precision = "single", provider = "cpu" } = settings;
    const model = modelOf(architecture);
    const images = input("images", [1, inputChannels(architecture), side, side]);
    const { outputs } = Scope.build(false, (p) => model.queries!(model.build(p, images)));
    const { classes, masks } = outputs;
    return Program.compile({ classes, masks }, {
      provider,
      threads,
      weights,
      precision,
      sleeping: true,
    });
  }
}

/** An image [c, h, w] at the upper left corner of a square, with what black becomes around it. */
function blackAround(
  { shape, data }: NDArray,
  side: number,
  { mean, std }: PredictorSettings["normalization"],
): NDArray {
  const [c, h, w] = shape as [number, number, number];
  const padded = new Float32Array(c * side * side);
  for (let channel = 0; channel < c; channel++) {
    const plane = padded.subarray(channel * side * side, (channel + 1) * side * side);
    plane.fill(-mean[channel]! / std[channel]!);
    for (let y = 0; y < h; y++) {
      const from = (channel * h + y) * w;
      plane.set(data.subarray(from, from + w), y * side);
    }
  }
  return { shape: [c, side, side], data: padded };
}
