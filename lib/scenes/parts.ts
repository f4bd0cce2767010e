import { between, type Random } from "../random.ts";
import type { Canvas, Paint, Point } from "./canvas.ts";

/**
 * Where a thing stands: its foot in the unit square and its size relative to the nearest things.
 */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** A ridge of hills from the horizon (a height y) to about `height` above it. */
export function hills(
  canvas: Canvas,
  horizon: number,
  height: number,
  paint: Paint,
  random: Random,
): void {
  const waves = [1, 2, 4].map((rate) => [rate, between(0, 6.3, random), 1 / rate] as const);
  const ridge = Array.from({ length: 33 }, (_, k): Point => {
    const wave = waves.reduce(
      (sum, [rate, phase, size]) => sum + size * Math.sin(k / 6 * rate + phase),
      0,
    );
    return [k / 32, horizon - height * (0.55 + 0.25 * wave)];
  });
  canvas.polygon([...ridge, [1, horizon + 0.01], [0, horizon + 0.01]], paint);
}

/** A road as a function of depth t, 0 where land begins and 1 at the lower edge. */
export interface Road {
  centre(t: number): number;
  halfWidth(t: number): number;
}

/**
 * Paints a road from where land begins (height y `coast`) to the viewer, and says where it lies.
 */
export function road(canvas: Canvas, coast: number, paint: Paint, random: Random): Road {
  const far = between(0.15, 0.85, random);
  const near = between(0.1, 0.9, random);
  const bend = between(-0.8, 0.8, random);
  const width = between(0.18, 0.32, random);
  const centre = (t: number) => far + (near - far) * t + bend * t * (1 - t) ** 2;
  const halfWidth = (t: number) => 0.012 + width * t;
  const side = (sign: number) =>
    Array.from({ length: 17 }, (_, k): Point => {
      const t = 1.02 * k / 16;
      return [centre(t) + sign * halfWidth(t), coast + t * (1 - coast)];
    });
  canvas.polygon([...side(-1), ...side(1).reverse()], paint);
  return { centre, halfWidth };
}

/** A house: its roof has the paint of roads, which is why only its place tells it from one. */
export function house(
  canvas: Canvas,
  { x, y, scale }: Place,
  paints: { readonly wall: Paint; readonly window: Paint; readonly roof: Paint },
  random: Random,
): void {
  const half = scale * between(0.16, 0.28, random);
  const eaves = y - scale * between(0.2, 0.42, random);
  const ridge = eaves - scale * between(0.16, 0.25, random);
  const inset = half * between(0.1, 0.9, random);
  const overhang = 0.1 * half;
  canvas.shade([x + 0.5 * half, y], [1.25 * half, 0.05 * scale]);
  canvas.polygon([[x - half, eaves], [x + half, eaves], [x + half, y], [x - half, y]], paints.wall);
  canvas.polygon([
    [x - half - overhang, eaves + 0.01 * scale],
    [x - half + inset, ridge],
    [x + half - inset, ridge],
    [x + half + overhang, eaves + 0.01 * scale],
  ], paints.roof);
  const columns = random.integer(2, 4);
  const rows = Math.max(1, Math.round((y - eaves) / (0.14 * scale)));
  const [w, h] = [half / columns, (y - eaves) / rows];
  for (let k = 0; k < columns * rows; k++) {
    const left = x - half + (k % columns) * 2 * w + 0.6 * w;
    const top = eaves + Math.floor(k / columns) * h + 0.3 * h;
    const [right, bottom] = [left + 0.8 * w, top + 0.45 * h];
    canvas.polygon([[left, top], [right, top], [right, bottom], [left, bottom]], paints.window);
  }
}

/** A tree: a conifer of two triangles or a round crown of three ellipses, on a trunk. */
export function tree(
  canvas: Canvas,
  { x, y, scale }: Place,
  paints: { readonly crown: Paint; readonly trunk: Paint },
  random: Random,
): void {
  const r = scale * between(0.1, 0.18, random);
  canvas.shade([x + 0.4 * r, y], [1.2 * r, 0.035 * scale]);
  const foot = 0.16 * r;
  canvas.polygon(
    [[x - foot, y], [x + foot, y], [x + foot, y - 2 * r], [x - foot, y - 2 * r]],
    paints.trunk,
  );
  if (random.uniform() < 0.4) {
    canvas.polygon([[x - r, y - 0.7 * r], [x + r, y - 0.7 * r], [x, y - 3 * r]], paints.crown);
    canvas.polygon(
      [[x - 0.7 * r, y - 2 * r], [x + 0.7 * r, y - 2 * r], [x, y - 3.9 * r]],
      paints.crown,
    );
    return;
  }
  for (const [dx, dy] of [[-0.5, 1.6], [0.5, 1.7], [0, 2.3]] as const) {
    canvas.ellipse([x + dx * r, y - dy * r], [0.8 * r, 0.75 * r], paints.crown);
  }
}

/** A car seen from the side. */
export function car(
  canvas: Canvas,
  { x, y, scale }: Place,
  paints: { readonly body: Paint; readonly dark: Paint },
): void {
  const w = 0.19 * scale;
  const h = 0.105 * scale;
  const at = (px: number, py: number): Point => [x + px * w, y - py * h];
  canvas.shade([x + 0.1 * w, y], [1.15 * w, 0.35 * h]);
  canvas.polygon([at(-0.65, 1), at(-0.4, 1.8), at(0.35, 1.8), at(0.6, 1)], paints.body);
  canvas.polygon([at(-0.47, 1.05), at(-0.32, 1.6), at(0.28, 1.6), at(0.44, 1.05)], paints.dark);
  canvas.polygon([at(-1, 0.2), at(-0.95, 1), at(0.9, 1.05), at(1, 0.2)], paints.body);
  for (const wheel of [-0.55, 0.55]) {
    canvas.ellipse(at(wheel, 0.22), [0.2 * w, 0.34 * h], paints.dark);
  }
}

/** Poles along a line, with a cross-arm each and a sagging wire between neighbours. */
export function poles(canvas: Canvas, places: readonly Place[], paint: Paint): void {
  const tops = places.map(({ x, y, scale }): Place => ({ x, y: y - 0.62 * scale, scale }));
  for (const [k, { x, y, scale }] of places.entries()) {
    const top = tops[k]!.y;
    const half = 0.01 + 0.012 * scale;
    canvas.polygon([[x - half, top], [x + half, top], [x + half, y], [x - half, y]], paint);
    const arm = 0.07 * scale;
    const thick = 0.006 + 0.006 * scale;
    const low = top + 0.06 * scale;
    canvas.polygon(
      [[x - arm, low - thick], [x + arm, low - thick], [x + arm, low + thick], [
        x - arm,
        low + thick,
      ]],
      paint,
    );
    const next = tops[k + 1];
    if (next) wire(canvas, { x, y: low, scale }, { ...next, y: next.y + 0.06 * next.scale }, paint);
  }
}

function wire(canvas: Canvas, from: Place, to: Place, paint: Paint): void {
  const half = 0.01;
  const line = Array.from({ length: 9 }, (_, k): Point => {
    const t = k / 8;
    const sag = 0.22 * (from.scale + to.scale) / 2 * t * (1 - t);
    return [from.x + (to.x - from.x) * t, from.y + (to.y - from.y) * t + sag];
  });
  const shifted = (dy: number) => line.map(([x, y]): Point => [x, y + dy]);
  canvas.polygon([...shifted(-half), ...shifted(half).reverse()], paint);
}
