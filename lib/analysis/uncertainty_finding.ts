import type { ClassKey, Image, LabelMap } from "../images/image.ts";
import { overlay } from "../report/overlay.ts";
import type { Panel } from "../report/comparison.ts";
import { heatImage, heatPicture } from "../report/heat.ts";
import type { Drawing, Photograph } from "../report/picture.ts";
import { rankedBars } from "../report/ranked_bars.ts";
import { consoleTable } from "../report/table.ts";
import { Finding } from "./finding.ts";
import { rounded } from "./maps.ts";

/** How unsure a network is of a picture. */
export interface UncertainPicture {
  /** The file's name without its ending. */
  readonly name: string;
  /** Columns of the pixels that were looked at. */
  readonly width: number;
  /** Rows of the pixels that were looked at. */
  readonly height: number;
  /** Mean entropy of the pixels in nats: 0 where all are certain, ln(classes) where none says anything. */
  readonly entropy: number;
  /** Mean margin: the probability of the first class less that of the second. */
  readonly margin: number;
  /** The picture, what it was taken for, and entropy and margin [h, w]; null where not kept. */
  readonly maps: UncertaintyMaps | null;
}

/** What is drawn of a picture. */
export interface UncertaintyMaps {
  /** Its pixels. */
  readonly image: Image;
  /** The classes that it was taken for. */
  readonly labels: LabelMap;
  /** Entropy in nats [h, w]. */
  readonly entropy: Float32Array;
  /** The probability of the first class less that of the second [h, w]. */
  readonly margin: Float32Array;
}

/** So many pictures are listed in a terminal. */
const LISTED = 20;

/** How unsure a network is of pictures: those of which it is most unsure are to be labelled next. */
export class Uncertainty extends Finding {
  /** How its files are named. */
  override readonly name = "uncertainty";
  /** The pictures, the most uncertain first. */
  readonly ranking: readonly UncertainPicture[];

  /**
   * Takes what was measured of pictures.
   *
   * @internal
   */
  constructor(
    /** The checkpoint's kind. */
    readonly model: string,
    private readonly key: ClassKey,
    pictures: readonly UncertainPicture[],
  ) {
    super();
    this.ranking = pictures.toSorted((a, b) => b.entropy - a.entropy);
  }

  /** What a terminal shows. */
  override text(): string {
    const rows = this.ranking.slice(0, LISTED).map(({ name, entropy, margin }) => ({
      "to label next": name,
      "mean entropy (nats)": entropy.toFixed(3),
      "mean margin": margin.toFixed(3),
    }));
    return consoleTable(rows);
  }

  /** All numbers. */
  override toJSON(): unknown {
    const { model, key, ranking } = this;
    return {
      model,
      largest_entropy_nats: rounded(Math.log(key.classes.length)),
      label_next: ranking.map(({ name, width, height, entropy, margin }) => {
        return {
          picture: name,
          width,
          height,
          mean_entropy_nats: rounded(entropy),
          mean_margin: rounded(margin),
        };
      }),
    };
  }

  /** The pictures by what is added to the names of their files. */
  override async pictures(): Promise<Readonly<Record<string, Drawing | Photograph>>> {
    const drawn = this.ranking.filter(({ maps }) => maps);
    const bars = this.ranking.map(({ name, entropy }) => ({ name, value: entropy }));
    return {
      ...drawn.length > 0 && { "": await this.#maps(drawn) },
      ranking: rankedBars(bars, "mean entropy (nats) →"),
    };
  }

  async #maps(pictures: readonly UncertainPicture[]): Promise<Photograph> {
    const most = Math.log(this.key.classes.length);
    const rows = pictures.map(({ name, entropy, margin, maps }): Panel[] => {
      const { image, labels, ...values } = maps!;
      const size = [image.height, image.width] as const;
      return [
        { title: name, image },
        { title: "prediction", image: overlay(image, labels, this.key.palette) },
        {
          title: `entropy, mean ${entropy.toFixed(2)} nats`,
          image: heatImage(values.entropy.map((value) => value / most), size),
        },
        {
          title: `1 − margin, mean ${(1 - margin).toFixed(2)}`,
          image: heatImage(values.margin.map((value) => 1 - value), size),
        },
      ];
    });
    const label = `entropy from 0 to ${most.toFixed(2)} nats (all classes alike), ` +
      `1 − margin of the two most probable classes from 0 to 1`;
    return await heatPicture(rows, { label, ends: ["sure", "unsure"] });
  }
}
