import * as Plot from "@observablehq/plot";
import type { Drawing } from "./picture.ts";
import { colours, frameOf, renderPlot } from "./plot.ts";

/** How far the heads of a layer look, in pixels. */
export interface HeadDistances {
  readonly layer: string;
  readonly heads: readonly number[];
}

/** The mean distance of what each head attends to, over the layers, and the mean over heads as a line. */
export function attentionDistances(layers: readonly HeadDistances[]): Drawing {
  const label = "↑ mean distance (pixels)";
  const { options, legend } = frameOf(["a head", "mean of a layer's heads"], 312, label);
  const dots = layers.flatMap(({ layer, heads }) => heads.map((pixels) => ({ layer, pixels })));
  const means = layers.map(({ layer, heads }) => {
    return { layer, pixels: heads.reduce((sum, pixels) => sum + pixels, 0) / heads.length };
  });
  const every = Math.ceil(layers.length / 16);
  const names = layers.map(({ layer }) => layer);
  const hasDecoder = names.some((name) => name.startsWith("decoder"));
  const at = { x: "layer", y: "pixels" };
  const parts = [...new Set(names.map((name) => name.split(".")[0]!))].map((part) => {
    return names.filter((name) => name.startsWith(part));
  });
  return renderPlot({
    ...options,
    x: {
      type: "point",
      domain: names,
      label: hasDecoder ? "layer of the encoder, D: of the decoder →" : "layer of the encoder →",
      tickFormat: (name: string, i: number) =>
        i % every === 0 ? name.replace("encoder.", "").replace("decoder.", "D") : "",
    },
    y: { label, grid: true, zero: true, nice: true },
    marks: [
      Plot.dot(dots, { ...at, fill: colours[0]!, fillOpacity: 0.75, r: 4, stroke: "white" }),
      ...parts.map((part) => {
        const own = means.filter(({ layer }) => part.includes(layer));
        return Plot.line(own, { ...at, stroke: colours[1]!, strokeWidth: 2 });
      }),
      Plot.dot(means, { ...at, fill: colours[1]!, r: 3 }),
      ...legend,
    ],
  });
}

/** How large the squares are that hold parts of a receptive field, of one layer of a network. */
export interface FieldSides {
  /** What the network is called. */
  readonly model: string;
  /** The layer's name. */
  readonly layer: string;
  /** The side in pixels of the centred square that holds a half of the field, and 95 % of it. */
  readonly half: number;
  /** The side of the one that holds 95 %. */
  readonly most: number;
}

/** For each network and layer the sides of the squares with 50 % (dot) and 95 % (bar's end). */
export function receptiveFieldSides(sides: readonly FieldSides[]): Drawing {
  const models = [...new Set(sides.map(({ model }) => model))];
  const { options, legend } = frameOf(models, 30 * sides.length + 24 * models.length, "");
  const rows = sides.map((side) => ({ ...side, row: `${side.model}\n${side.layer}` }));
  const longest = Math.max(...sides.map(({ layer }) => layer.length));
  return renderPlot({
    ...options,
    marginLeft: 32 + 8 * longest,
    color: options.color!,
    x: {
      label: "side of the centred square: dot 50 %, end of the line 95 % of the field (pixels) →",
      grid: true,
      zero: true,
    },
    y: {
      type: "point",
      domain: rows.map(({ row }) => row),
      label: null,
      padding: 0.6,
      tickFormat: (row: string) => row.split("\n")[1]!,
    },
    marks: [
      Plot.ruleY(rows, {
        y: "row",
        x1: 0,
        x2: "most",
        stroke: "model",
        strokeWidth: 3,
        strokeOpacity: 0.45,
      }),
      Plot.dot(rows, {
        ...{ y: "row", x: "most", symbol: "square2", stroke: "model", fill: "model" },
        r: 3,
      }),
      Plot.dot(rows, { y: "row", x: "half", fill: "model", r: 5, stroke: "white" }),
      ...legend,
    ],
  });
}
