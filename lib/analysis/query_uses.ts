import type { NDArray } from "../array.ts";
import { queryClasses, sigmoid } from "../inference/query_answer.ts";
import type { OpenedModel } from "../models/open.ts";
import type { Panel } from "../report/comparison.ts";
import { heatImage, heatPicture } from "../report/heat.ts";
import type { Photograph } from "../report/picture.ts";
import { Finding } from "./finding.ts";
import { overImage, rounded, roundedRows } from "./maps.ts";
import { askQueries } from "./query_probe.ts";
import { type LookOptions, type Picture, viewsOf } from "./views.ts";

/** What a query has learned to stand for. */
export interface QueryUse {
  readonly query: number;
  /** In how many of the pictures it is an object. */
  readonly pictures: number;
  /** The classes that it is there, the most frequent first, and how often. */
  readonly classes: readonly { readonly name: string; readonly count: number }[];
  /** The mean over those pictures of its mask's probabilities [rows, columns]. */
  readonly mask: NDArray;
}

/** How many of the queries are drawn. */
const DRAWN = 12;

/** What each query stands for over many pictures, those that are objects most often first. */
export class QueryUses extends Finding {
  /** What its files are called. */
  readonly name = "query_uses";

  /** Takes what was found, in pictures that the network sees as squares of `side` pixels. */
  constructor(
    readonly model: string,
    readonly seen: number,
    readonly side: number,
    readonly uses: readonly QueryUse[],
  ) {
    super();
  }

  override toJSON(): unknown {
    const { model, seen } = this;
    return {
      model,
      pictures: seen,
      queries: this.uses.map(({ query, pictures, classes, mask }) => {
        return { query, pictures, classes, mean_mask: pictures > 0 ? roundedRows(mask) : null };
      }),
    };
  }

  override text(): string {
    const used = this.uses.filter(({ pictures }) => pictures > 0);
    return `${used.length} of ${this.uses.length} queries are an object in some of ${this.seen} pictures`;
  }

  override async pictures(): Promise<Readonly<Record<string, Photograph>>> {
    const { side } = this;
    const shown = this.uses.filter(({ pictures }) => pictures > 0).slice(0, DRAWN);
    const panels = shown.map(({ query, pictures, classes, mask }): Panel => {
      const often = classes[0]!;
      const share = Math.round(100 * often.count / pictures);
      return {
        title: `query ${query} in ${pictures}: ${often.name}, ${share} %`,
        image: heatImage(overImage(mask, side / mask.shape[0]!, [side, side]), [side, side]),
      };
    });
    const rows = Array.from({ length: Math.ceil(panels.length / 4) }, (_, i) => {
      return panels.slice(4 * i, 4 * i + 4);
    });
    const label = `mean mask over the pictures in which a query is an object, of ${this.seen}`;
    return { "": await heatPicture(rows, { label, ends: ["0", rounded(1).toString()] }) };
  }
}

/** Looks at what each query of a network stands for in pictures, whose middle squares it sees. */
export async function queryUses(
  model: OpenedModel,
  pictures: readonly Picture[],
  options: LookOptions = {},
): Promise<QueryUses> {
  const ask = await askQueries(model, options);
  const sums = new Map<
    number,
    { count: number; classes: Map<number, number>; mask: Float32Array }
  >();
  let shape: readonly number[] = [];
  let queries = 0;
  const seen = { ...options, side: ask.side };
  for await (
    const { input } of viewsOf(pictures, model, seen, { cut: "square", title: "queries" })
  ) {
    const { classes, masks } = (await ask.look(input)).stages.at(-1)!;
    shape = masks.shape.slice(1);
    const size = shape[0]! * shape[1]!;
    const said = queryClasses(classes);
    queries = said.length;
    for (const [query, { class: index, share, none }] of said.entries()) {
      if (share <= none) continue;
      const sum = sums.get(query) ??
        { count: 0, classes: new Map<number, number>(), mask: new Float32Array(size) };
      sums.set(query, sum);
      sum.count++;
      sum.classes.set(index, (sum.classes.get(index) ?? 0) + 1);
      for (let i = 0; i < size; i++) sum.mask[i]! += sigmoid(masks.data[query * size + i]!);
    }
  }
  await ask.release();
  const uses = Array.from({ length: queries }, (_, query): QueryUse => {
    const { count = 0, classes = new Map<number, number>(), mask } = sums.get(query) ?? {};
    return {
      query,
      pictures: count,
      classes: [...classes].sort(([, a], [, b]) => b - a)
        .map(([index, count]) => ({ name: model.classes[index]!, count })),
      mask: { shape, data: (mask ?? new Float32Array()).map((sum) => sum / count) },
    };
  }).sort((a, b) => b.pictures - a.pictures);
  return new QueryUses(model.kind, pictures.length, ask.side, uses);
}
