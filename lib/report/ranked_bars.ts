import * as Plot from "@observablehq/plot";
import type { Drawing } from "./picture.ts";
import { textWidth } from "./place_labels.ts";
import { colours, FONT_SIZE, renderPlot } from "./plot.ts";

/** Something with a number. */
export interface Ranked {
  readonly name: string;
  readonly value: number;
}

const MOST = 30;
const LONGEST = 40;

/** Numbers as bars in the order in which they are given, the first 30 of them; `label` is that of x. */
export function rankedBars(items: readonly Ranked[], label: string): Drawing {
  if (items.length === 0) {
    throw new RangeError("Cannot draw a ranking: it needs at least one value, got none");
  }
  const shown = items.slice(0, MOST).map(({ name, value }, place) => {
    const text = name.length > LONGEST ? `…${name.slice(1 - LONGEST)}` : name;
    return { text: `${place + 1}. ${text}`, value, place };
  });
  const left = Math.ceil(16 + Math.max(...shown.map(({ text }) => textWidth(text, FONT_SIZE))));
  const more = items.length > MOST ? `${MOST} of ${items.length}; ` : "";
  const at = { x: "value", y: "place" };
  return renderPlot({
    width: left + 460,
    height: 64 + 20 * shown.length,
    marginLeft: left,
    marginRight: 48,
    marginBottom: 44,
    x: { label: `${more}${label}`, grid: true, zero: true },
    y: {
      type: "band",
      domain: [...shown.keys()],
      tickFormat: (place: number) => shown[place]!.text,
      label: null,
      tickSize: 0,
      padding: 0.25,
    },
    marks: [
      Plot.barX(shown, { ...at, fill: colours[0]! }),
      Plot.text(shown, {
        ...at,
        text: ({ value }: Ranked) => value.toPrecision(3),
        textAnchor: "start",
        dx: 4,
        fontSize: FONT_SIZE,
      }),
    ],
  });
}
