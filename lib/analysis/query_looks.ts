import type { NDArray } from "../array.ts";
import { queryClasses, sigmoid } from "../inference/query_answer.ts";
import type { OpenedModel } from "../models/open.ts";
import type { Panel } from "../report/comparison.ts";
import { heatImage, heatPicture } from "../report/heat.ts";
import type { Photograph } from "../report/picture.ts";
import { Finding } from "./finding.ts";
import { overImage, pictureNames, rounded, roundedRows } from "./maps.ts";
import { askQueries } from "./query_probe.ts";
import { type LookOptions, type Picture, seenPicture, viewsOf } from "./views.ts";

/** What a query says of a picture, from block to block. */
export interface QueryLook {
  readonly query: number;
  /** The name of the class that it ends with, and its probability. */
  readonly class: string;
  readonly share: number;
  /** The probability of each cell to be in its mask [rows, columns], before each of the last blocks and behind all. */
  readonly masks: readonly NDArray[];
  /** How it shares its attention among the patches in the last block [rows, columns], free and held to its mask. */
  readonly free: NDArray;
  readonly held: NDArray;
}

/** The surest queries of one picture, which the network sees as a square of a side in pixels. */
export interface QueryPicture {
  readonly name: string;
  readonly source: Picture;
  readonly side: number;
  readonly looks: readonly QueryLook[];
}

/** How masks sharpen from block to block, and where queries look with and without them. */
export class QueryLooks extends Finding {
  /** What its files are called. */
  readonly name = "queries";

  /** Takes what was found. */
  constructor(readonly model: string, readonly found: readonly QueryPicture[]) {
    super();
  }

  override toJSON(): unknown {
    const pictures = this.found.map(({ name, side, looks }) => ({
      picture: name,
      side_pixels: side,
      queries: looks.map(({ query, class: label, share, masks, free, held }) => ({
        query,
        class: label,
        probability: rounded(share),
        masks: masks.map(roundedRows),
        attention: roundedRows(free),
        attention_held_to_mask: roundedRows(held),
      })),
    }));
    return { model: this.model, pictures };
  }

  override async pictures(): Promise<Readonly<Record<string, Photograph>>> {
    const names = pictureNames(this.found);
    const drawn: [string, Photograph][] = [];
    for (const [i, picture] of this.found.entries()) {
      const [masks, attention] = await Promise.all([drawnMasks(picture), drawnAttention(picture)]);
      drawn.push([names[i]!, masks], [
        [names[i]!, "attention"].filter(Boolean).join("_"),
        attention,
      ]);
    }
    return Object.fromEntries(drawn);
  }
}

/** Looks at the `count` surest queries of pictures, whose middle squares the network sees. */
export async function queryLooks(
  model: OpenedModel,
  pictures: readonly Picture[],
  { count = 4, ...options }: LookOptions & { readonly count?: number } = {},
): Promise<QueryLooks> {
  const ask = await askQueries(model, options);
  const found: QueryPicture[] = [];
  const seen = { ...options, side: ask.side };
  for await (const view of viewsOf(pictures, model, seen, { cut: "square", title: "queries" })) {
    const { stages, free, held } = await ask.look(view.input);
    const last = queryClasses(stages.at(-1)!.classes);
    const surest = [...last.entries()].sort(([, a], [, b]) => b.share - a.share).slice(0, count);
    const looks = surest.map(([query, { class: index, share }]): QueryLook => ({
      query,
      class: model.classes[index]!,
      share,
      masks: stages.map(({ masks }) => probabilities(rowOf(masks, query))),
      free: rowOf(free, query),
      held: rowOf(held, query),
    }));
    found.push({ name: view.name, source: pictures[found.length]!, side: ask.side, looks });
  }
  await ask.release();
  return new QueryLooks(model.kind, found);
}

/** One map [rows, columns] of many [queries, rows, columns]. */
function rowOf({ shape, data }: NDArray, query: number): NDArray {
  const [, rows, columns] = shape as [number, number, number];
  const size = rows * columns;
  return { shape: [rows, columns], data: data.slice(query * size, (query + 1) * size) };
}

function probabilities({ shape, data }: NDArray): NDArray {
  return { shape, data: data.map(sigmoid) };
}

/** A row for each query: the picture, and its mask before each block and behind all. */
async function drawnMasks({ source, side, looks }: QueryPicture): Promise<Photograph> {
  const image = await seenPicture(source, side, "square");
  const rows = looks.map(({ query, class: label, share, masks }): Panel[] => [
    { title: `query ${query}: ${label}, ${Math.round(100 * share)} %`, image },
    ...masks.map((mask, i) => ({
      title: stageOf(masks.length - 1 - i),
      image: heatImage(overImage(mask, side / mask.shape[0]!, [side, side]), [side, side], image),
    })),
  ]);
  const label = "probability that a pixel is in the query's mask";
  return await heatPicture(rows, { label, ends: ["0", "1"] });
}

/** Behind which block of the last ones a mask is, counted from the end. */
function stageOf(left: number): string {
  if (left === 0) return "behind the last block";
  return left === 1 ? "before the last block" : `before the last ${left} blocks`;
}

/** A row for each query: the picture, and where it looks in the last block, free and held to its mask. */
async function drawnAttention({ source, side, looks }: QueryPicture): Promise<Photograph> {
  const image = await seenPicture(source, side, "square");
  const rows = looks.map(({ query, class: label, free, held }): Panel[] => [
    { title: `query ${query}: ${label}`, image },
    ...[free, held].map((map, i) => {
      const most = map.data.reduce((a, b) => Math.max(a, b), 0);
      const light = overImage(map, side / map.shape[0]!, [side, side]).map((x) => x / (most || 1));
      return {
        title: `${i === 0 ? "free" : "held to its mask"}, up to ${(100 * most).toFixed(1)} %`,
        image: heatImage(light, [side, side], image),
      };
    }),
  ]);
  const label = "share of the query's attention that a patch gets, in each map up to its largest";
  return await heatPicture(rows, { label, ends: ["0", "largest"] });
}
