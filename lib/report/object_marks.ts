import type { Colour, Image } from "../images/image.ts";
import type { Objects } from "../images/objects.ts";

/** Lighter and darker forms of a class's colour, in the order in which its things get them. */
const SHADES = [0, 0.4, -0.35, 0.65, -0.6] as const;

/** The colour of each object by its id: its class's, lighter or darker so that things differ. */
export function objectColours(
  { segments }: Objects,
  palette: readonly Colour[],
  things: readonly boolean[],
): ReadonlyMap<number, Colour> {
  const counts = new Map<number, number>();
  return new Map(segments.map(({ id, class: index }) => {
    const place = counts.get(index) ?? 0;
    counts.set(index, place + 1);
    const colour = palette[index]!;
    return [id, things[index] ? shade(colour, SHADES[place % SHADES.length]!) : colour];
  }));
}

/** A colour on its way to white (above 0) or to black (below). */
function shade(colour: Colour, amount: number): Colour {
  const end = amount > 0 ? 255 : 0;
  const mixed = (value: number) => Math.round(value + (end - value) * Math.abs(amount));
  const [r, g, b] = colour;
  return [mixed(r), mixed(g), mixed(b)];
}

/** How much of an object's colour is laid over the picture. */
const OPACITY = 0.45;

/**
 * A picture [h, w, 3] with its objects in their colours, and things with a white outline of so many pixels
 * on the inside of their borders, or wholly in their colour where they are so thin that it would hide them.
 */
export function paintedObjects(
  image: Image,
  objects: Objects,
  colours: ReadonlyMap<number, Colour>,
  isThing: (id: number) => boolean,
  thickness: number,
): Image {
  const { width, height, data: ids } = objects;
  const depths = depthsOf(objects);
  const deepest = new Map<number, number>();
  ids.forEach((id, i) => deepest.set(id, Math.max(deepest.get(id) ?? 0, depths[i]!)));
  const data = image.data.slice();
  for (let i = 0; i < width * height; i++) {
    const id = ids[i]!;
    const colour = id === 0 ? undefined : colours.get(id);
    if (!colour) continue;
    const isEdge = isThing(id) && depths[i]! <= thickness;
    const shown = isEdge && deepest.get(id)! > 2 * thickness ? WHITE : colour;
    const opacity = isEdge ? 1 : OPACITY;
    for (let channel = 0; channel < 3; channel++) {
      const at = 3 * i + channel;
      data[at] = Math.round(data[at]! * (1 - opacity) + shown[channel]! * opacity);
    }
  }
  return { width, height, data };
}

const WHITE: Colour = [255, 255, 255];

/**
 * How deep each pixel [h, w] lies in its object: 1 at its border or the picture's, by steps in eight
 * directions.
 */
export function depthsOf({ width, height, data }: Objects): Int32Array {
  const depths = new Int32Array(data.length);
  const visit = (x: number, y: number, turn: 1 | -1) => {
    const i = y * width + x;
    let depth = turn === 1 ? width + height : depths[i]!;
    for (const [dx, dy] of BEFORE) {
      const [nx, ny] = [x + turn * dx, y + turn * dy];
      const isInside = nx >= 0 && nx < width && ny >= 0 && ny < height;
      const next = ny * width + nx;
      depth = Math.min(depth, isInside && data[next] === data[i] ? depths[next]! + 1 : 1);
    }
    depths[i] = depth;
  };
  // Two passes, each with half of the neighbours, are exact for these steps (Rosenfeld and Pfaltz 1966).
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) visit(x, y, 1);
  for (let y = height - 1; y >= 0; y--) for (let x = width - 1; x >= 0; x--) visit(x, y, -1);
  return depths;
}

const BEFORE = [[-1, -1], [0, -1], [1, -1], [-1, 0]] as const;

/** The place in pixels where an object is thickest, by its id: the middle of a pixel. */
export function thickestPlaces(
  objects: Objects,
): ReadonlyMap<number, { readonly x: number; readonly y: number; readonly depth: number }> {
  const { width, data } = objects;
  const depths = depthsOf(objects);
  const places = new Map<number, number>();
  data.forEach((id, i) => {
    if (id === 0) return;
    const best = places.get(id);
    if (best === undefined || depths[i]! > depths[best]!) places.set(id, i);
  });
  return new Map([...places].map(([id, i]) => {
    return [id, { x: i % width + 0.5, y: Math.floor(i / width) + 0.5, depth: depths[i]! }];
  }));
}
