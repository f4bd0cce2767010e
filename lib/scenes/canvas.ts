import type { Example } from "../data/dataset.ts";
import { objectsOf } from "../data/objects_of.ts";
import type { Colour } from "../images/image.ts";
import type { Objects } from "../images/objects.ts";
import { stream } from "../random.ts";

/** A point in the unit square, y downwards. */
export type Point = readonly [x: number, y: number];

/**
 * How a shape looks: its class, colour and texture; `tilt` is the brightness change across the
 * picture.
 */
export interface Paint {
  readonly class: number;
  readonly colour: Colour;
  /** Amplitude of blotches and of grain, on the scale 0 to 255. */
  readonly blotch: number;
  readonly grain: number;
  readonly tilt: readonly [number, number];
  readonly takesShadow: boolean;
}

/** Light of a whole picture: gains of red, green and blue, and the brightness change across it. */
export interface Light {
  readonly gains: readonly [number, number, number];
  readonly tilt: readonly [number, number];
}

/**
 * A square picture in the making. Shapes in the unit square cover one another in the order they are
 * painted, on a grid of twice the picture's side, so that edges come out smooth.
 */
export class Canvas {
  readonly #size: number;
  readonly #side: number;
  readonly #ids: Uint8Array;
  readonly #shadow: Uint8Array;
  readonly #paints: Paint[] = [];
  /** The thing that each paint is of, counted from 1; 0 where it is of none. */
  readonly #things: number[] = [];
  #thing = 0;

  constructor(size: number) {
    this.#size = size;
    this.#side = 2 * size;
    this.#ids = new Uint8Array(this.#side ** 2);
    this.#shadow = new Uint8Array(this.#side ** 2);
  }

  /** Begins another thing: what is painted from now on belongs to it. */
  beginThing(): void {
    this.#thing++;
  }

  /** Fills a polygon (even-odd) with a paint. */
  polygon(points: readonly Point[], paint: Paint): void {
    this.#fill(points, this.#ids, this.#add(paint));
  }

  /** Fills an ellipse with a paint. */
  ellipse(centre: Point, radii: Point, paint: Paint): void {
    this.#fill(ellipsePoints(centre, radii), this.#ids, this.#add(paint));
  }

  /** Darkens the part of an ellipse whose paint takes shadows. */
  shade(centre: Point, radii: Point): void {
    this.#fill(ellipsePoints(centre, radii), this.#shadow, 1);
  }

  /** The finished picture; a pixel's label is the class of its lower right quarter. */
  finish(name: string, light: Light, noise: Point): Example {
    const size = this.#size;
    const image = { width: size, height: size, data: new Uint8Array(3 * size * size) };
    const labels = { width: size, height: size, data: new Uint8Array(size * size) };
    const colour = new Float32Array(3);
    for (let y = 0, i = 0; y < size; y++) {
      for (let x = 0; x < size; x++, i++) {
        this.#mix(x, y, noise, colour);
        const lit = 1 + light.tilt[0] * (x / size - 0.5) + light.tilt[1] * (y / size - 0.5);
        for (let c = 0; c < 3; c++) {
          const value = colour[c]! * lit * light.gains[c]!;
          image.data[3 * i + c] = value < 0 ? 0 : value > 255 ? 255 : value;
        }
        labels.data[i] = this.#paints[this.#ids[this.#lowerRight(x, y)]!]!.class;
      }
    }
    return { name, image, labels };
  }

  /** The objects of the finished picture, by whether each class is of things: see `objectsOf`. */
  objects(things: readonly boolean[]): Objects {
    const size = this.#size;
    const labels = { width: size, height: size, data: new Uint8Array(size * size) };
    const instances = new Uint16Array(size * size);
    for (let i = 0; i < labels.data.length; i++) {
      const paint = this.#ids[this.#lowerRight(i % size, Math.floor(i / size))]!;
      labels.data[i] = this.#paints[paint]!.class;
      instances[i] = this.#things[paint]!;
    }
    return objectsOf(labels, instances, things);
  }

  #lowerRight(x: number, y: number): number {
    return (2 * y + 1) * this.#side + 2 * x + 1;
  }

  /** The mean colour of a pixel's four quarters, before light. */
  #mix(x: number, y: number, noise: Point, colour: Float32Array): void {
    const u = x / this.#size - 0.5;
    const v = y / this.#size - 0.5;
    const blotch = noiseAt(BLOTCHES, TILE * u + noise[0], TILE * v + noise[1]);
    const grain = noiseAt(GRAIN, x + noise[0], y + noise[1]);
    const first = 2 * y * this.#side + 2 * x;
    const below = first + this.#side;
    const [ids, shadow] = [this.#ids, this.#shadow];
    const same = (grid: Uint8Array) =>
      grid[first] === grid[first + 1] && grid[first] === grid[below] &&
      grid[first] === grid[below + 1];
    const quarters = same(ids) && same(shadow) ? 1 : 4;
    colour.fill(0);
    for (let k = 0; k < quarters; k++) {
      const at = (k < 2 ? first : below) + (k & 1);
      const paint = this.#paints[ids[at]!]!;
      const dark = paint.takesShadow && shadow[at] ? SHADOW : 1;
      const bright = dark * (1 + paint.tilt[0] * u + paint.tilt[1] * v) / quarters;
      const texture = paint.blotch * blotch + paint.grain * grain;
      for (let c = 0; c < 3; c++) colour[c]! += bright * (paint.colour[c]! + texture);
    }
  }

  #add(paint: Paint): number {
    if (this.#paints.length === 256) {
      throw new RangeError("Cannot paint a shape: needs at most 256 on a canvas, got one more");
    }
    this.#things.push(this.#thing);
    return this.#paints.push(paint) - 1;
  }

  #fill(points: readonly Point[], grid: Uint8Array, value: number): void {
    const side = this.#side;
    const ys = points.map(([, y]) => y * side);
    const first = Math.max(0, Math.ceil(Math.min(...ys) - 0.5));
    const last = Math.min(side - 1, Math.floor(Math.max(...ys) - 0.5));
    for (let row = first; row <= last; row++) {
      const crossings = crossingsOf(points, (row + 0.5) / side);
      for (let k = 0; k + 1 < crossings.length; k += 2) {
        const from = Math.max(0, Math.ceil(crossings[k]! * side - 0.5));
        const to = Math.min(side, Math.ceil(crossings[k + 1]! * side - 0.5));
        if (from < to) grid.fill(value, row * side + from, row * side + to);
      }
    }
  }
}

const SHADOW = 0.62;
const TILE = 128;
const GRAIN = noiseTile(1);
const BLOTCHES = noiseTile(12);

function crossingsOf(points: readonly Point[], y: number): number[] {
  const crossings: number[] = [];
  for (let k = 0; k < points.length; k++) {
    const [x0, y0] = points[k]!;
    const [x1, y1] = points[(k + 1) % points.length]!;
    if ((y0 <= y) !== (y1 <= y)) crossings.push(x0 + (y - y0) / (y1 - y0) * (x1 - x0));
  }
  return crossings.sort((a, b) => a - b);
}

function ellipsePoints([x, y]: Point, [rx, ry]: Point): Point[] {
  return Array.from({ length: 24 }, (_, k) => {
    const angle = k * Math.PI / 12;
    return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)];
  });
}

function noiseAt(tile: Float32Array, x: number, y: number): number {
  return tile[(y & (TILE - 1)) * TILE + (x & (TILE - 1))]!;
}

/** Normal noise on a TILE × TILE torus, smoothed by two box filters of that radius, deviation 1. */
function noiseTile(radius: number): Float32Array {
  const random = stream(`scenes/noise/${radius}`, 0);
  let tile = Float32Array.from({ length: TILE * TILE }, () => random.normal());
  for (const step of [1, TILE, 1, TILE]) tile = smooth(tile, step, radius);
  const deviation = Math.sqrt(tile.reduce((sum, value) => sum + value * value, 0) / tile.length);
  return tile.map((value) => value / deviation);
}

function smooth(tile: Float32Array, step: number, radius: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(tile, (_, i) => {
    let sum = 0;
    for (let d = -radius; d <= radius; d++) {
      const x = (i + (step === 1 ? d : 0)) & (TILE - 1);
      const y = ((i >> 7) + (step === 1 ? 0 : d)) & (TILE - 1);
      sum += tile[y * TILE + x]!;
    }
    return sum;
  });
}
