/** A point of a figure, in pixels, and the text that shall stand beside it. */
export interface Anchor {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** Where a label's middle goes, in pixels, and whether it is far enough to need a line to its point. */
export interface PlacedLabel {
  readonly x: number;
  readonly y: number;
  readonly far: boolean;
}

/** A rectangle in pixels: two corners. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A line from one point to another, in pixels: x1, y1, x2, y2. */
export type Segment = readonly [number, number, number, number];

/** About the width in pixels of a text in DejaVu Sans, the widest of the fonts that pictures use. */
export function textWidth(text: string, fontSize: number): number {
  const widths = [...text].map((letter) =>
    /[ijlI.,:;|'!]/.test(letter) ? 0.33 : /[mwMW%@→↑]/.test(letter) ? 0.95 : widthOf(letter)
  );
  return fontSize * widths.reduce((sum, width) => sum + width, 0);
}

function widthOf(letter: string): number {
  if (/[ \-frt/()]/.test(letter)) return 0.4;
  return /[A-Z]/.test(letter) ? 0.72 : 0.63;
}

/**
 * Places labels beside their points so that they cover no other label, no point and, where it can be
 * had, no line: each takes its cheapest position given the others, five times over. Deterministic.
 */
export function placeLabels(
  anchors: readonly Anchor[],
  lines: readonly Segment[],
  area: Box,
  fontSize: number,
): PlacedLabel[] {
  const points = anchors.map(({ x, y }) => grown(x, y, 7, 7));
  const chosen: Candidate[] = [];
  for (let round = 0; round < 5; round++) {
    anchors.forEach((anchor, index) => {
      const others = chosen.filter((_, other) => other !== index);
      const price = (it: Candidate) => cost(it, others, points, lines, area);
      chosen[index] = cheapest(candidates(anchor, fontSize), price);
    });
  }
  return chosen.map(({ box, leader, distance }) => ({
    x: (box.left + box.right) / 2,
    y: (box.top + box.bottom) / 2,
    far: distance > 16 && length(leader) > 12,
  }));
}

interface Candidate {
  readonly box: Box;
  readonly leader: Segment;
  readonly distance: number;
  readonly turn: number;
}

/** Positions around a point: right, left, above, below first, then farther and at other angles. */
function candidates({ x, y, text }: Anchor, fontSize: number): Candidate[] {
  const halfWidth = textWidth(text, fontSize) / 2;
  const halfHeight = fontSize * 0.6;
  return [9, 14, 22, 32, 44, 60, 80].flatMap((distance) =>
    Array.from({ length: 16 }, (_, turn) => {
      const angle = turn * Math.PI / 8;
      const middleX = x + Math.cos(angle) * (distance + halfWidth);
      const middleY = y + Math.sin(angle) * (distance + halfHeight);
      const box = grown(middleX, middleY, halfWidth, halfHeight);
      return { box, leader: [x, y, ...nearest(box, x, y)], distance, turn };
    })
  );
}

function cost(
  { box, leader, distance, turn }: Candidate,
  others: readonly Candidate[],
  points: readonly Box[],
  lines: readonly Segment[],
  area: Box,
): number {
  const outside = box.left < area.left || box.right > area.right || box.top < area.top ||
    box.bottom > area.bottom;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return (outside ? 1e6 : 0) + distance + (turn % 8 === 0 ? 0 : turn % 4 === 0 ? 2 : 4) +
    sum(others.map((other) => 100 * overlap(box, other.box))) +
    sum(others.map((other) => crosses(leader, other.box) || crosses(other.leader, box) ? 200 : 0)) +
    sum(points.map((point) => 100 * overlap(box, point) + (crosses(leader, point) ? 60 : 0))) +
    sum(lines.map((line) => crosses(line, box) ? 40 : 0));
}

function cheapest<T>(items: readonly T[], price: (item: T) => number): T {
  const prices = items.map(price);
  return items[prices.indexOf(Math.min(...prices))]!;
}

function grown(x: number, y: number, halfWidth: number, halfHeight: number): Box {
  return { left: x - halfWidth, top: y - halfHeight, right: x + halfWidth, bottom: y + halfHeight };
}

/** The point of a box that is nearest to x, y. */
function nearest({ left, top, right, bottom }: Box, x: number, y: number): [number, number] {
  return [Math.min(right, Math.max(left, x)), Math.min(bottom, Math.max(top, y))];
}

function length([x1, y1, x2, y2]: Segment): number {
  return Math.hypot(x2 - x1, y2 - y1);
}

/** The area that two boxes share, in square pixels. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return Math.max(0, width) * Math.max(0, height);
}

/** Whether a segment meets a box: the part of it within the box's columns and rows is not empty. */
function crosses([x1, y1, x2, y2]: Segment, { left, top, right, bottom }: Box): boolean {
  let [from, to] = [0, 1];
  for (const [start, step, low, high] of [[x1, x2 - x1, left, right], [y1, y2 - y1, top, bottom]]) {
    if (step === 0) {
      if (start! < low! || start! > high!) return false;
      continue;
    }
    const ends = [(low! - start!) / step!, (high! - start!) / step!];
    from = Math.max(from, Math.min(...ends));
    to = Math.min(to, Math.max(...ends));
  }
  return from <= to;
}
