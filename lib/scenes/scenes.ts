import type { Dataset, Split } from "../data/dataset.ts";
import type { Colour } from "../images/image.ts";
import { between, type Random, stream } from "../random.ts";
import { Canvas, type Light, type Paint, type Point } from "./canvas.ts";
import { car, hills, house, type Place, poles, type Road, road, tree } from "./parts.ts";

// With colours for overlays. In each picture sky and water are one paint and so are road and roof:
// nothing but their surroundings tells them apart.
const CLASSES = {
  sky: [135, 206, 250],
  water: [30, 80, 210],
  hill: [150, 120, 190],
  grass: [150, 215, 80],
  road: [128, 64, 128],
  roof: [225, 70, 50],
  wall: [245, 200, 120],
  tree: [20, 110, 50],
  pole: [30, 20, 20],
  car: [240, 30, 170],
} as const satisfies Record<string, Colour>;

type ClassName = keyof typeof CLASSES;
const NAMES = Object.keys(CLASSES) as ClassName[];

// A house is two things, its walls and its roof. Poles are none: wires make one of them all.
const THINGS: readonly ClassName[] = ["roof", "wall", "tree", "car"];
const THING_CLASSES = NAMES.map((name) => THINGS.includes(name));

// What things are painted with: one of these, each channel moved by up to JITTER.
const JITTER = 12;
const AIR: readonly Colour[] = [[150, 198, 238], [118, 172, 226], [204, 214, 226], [178, 168, 216]];
const SLATE: readonly Colour[] = [[88, 90, 102], [112, 98, 94], [72, 76, 90]];
const HILL: readonly Colour[] = [[126, 118, 160], [98, 136, 138], [150, 124, 140]];
const GRASS: readonly Colour[] = [[124, 174, 74], [156, 178, 82], [98, 156, 72]];
const WALL: readonly Colour[] = [[234, 198, 122], [208, 124, 88], [242, 226, 196], [222, 160, 136]];
const CROWN: readonly Colour[] = [[36, 92, 50], [58, 112, 40], [28, 84, 66]];
const CAR: readonly Colour[] = [[214, 36, 44], [244, 190, 26], [36, 70, 204], [12, 150, 160]];
const DARK: readonly Colour[] = [[40, 34, 38]];

/** Which scenes: pictures are `size` pixels wide and high. */
export interface ScenesConfig {
  /** Of all that is random in them. */
  readonly seed: number;
  /** Scenes of the two splits differ. */
  readonly split: Split;
  /** How many there are. */
  readonly length: number;
  /** The side of the square pictures in pixels. */
  readonly size: number;
}

/**
 * Synthetic landscapes with 10 classes, made on the fly: textured regions, things from near to far
 * that hide one another, poles and wires, and changing light. Example i depends on seed, split and
 * i alone; the picture of a scene at another size is the same scene. Its objects are known: each tree,
 * each car, the walls and the roof of each house.
 */
export function scenes({ seed, split, length, size }: ScenesConfig): Dataset {
  const painted = (index: number): Scene => {
    if (Number.isInteger(index) && index >= 0 && index < length) {
      return scene(`scenes/${split}/${index}`, seed, size);
    }
    throw new RangeError(
      `Cannot make a scene: needs an index from 0 to ${length - 1}, got ${index}`,
    );
  };
  return {
    name: `scenes/${split}`,
    classes: NAMES,
    palette: Object.values(CLASSES),
    things: THING_CLASSES,
    length,
    // deno-lint-ignore require-await
    async example(index) {
      const { canvas, name, light, noise } = painted(index);
      return canvas.finish(name, light, noise);
    },
    // deno-lint-ignore require-await
    async objects(index) {
      return painted(index).canvas.objects(THING_CLASSES);
    },
  };
}

/** A picture whose shapes are painted, and what its pixels are made with. */
interface Scene {
  readonly canvas: Canvas;
  readonly name: string;
  readonly light: Light;
  readonly noise: Point;
}

function scene(name: string, seed: number, size: number): Scene {
  const random = stream(name, seed);
  const canvas = new Canvas(size);
  const slate = pick(SLATE, random);
  const { coast, lane } = landscape(canvas, slate, random);
  const depths = Array.from({ length: random.integer(4, 10) }, () => random.uniform());
  for (const depth of depths.sort((a, b) => a - b)) {
    canvas.beginThing();
    thing(canvas, standing(coast, depth, random), slate, lane, depth, random);
  }
  if (random.uniform() < 0.75) {
    poles(canvas, poleLine(coast, random), paint("pole", DARK, random));
  }
  const gains = [0, 1, 2].map(() => between(0.86, 1.14, random)) as [number, number, number];
  const tilt = [between(-0.35, 0.35, random), between(-0.25, 0.25, random)] as const;
  const noise = [random.integer(0, 128), random.integer(0, 128)] as const;
  return { canvas, name, light: { gains, tilt }, noise };
}

/** Paints sky, hills, grass, water and mostly a road; land begins at height `coast`. */
function landscape(
  canvas: Canvas,
  slate: Colour,
  random: Random,
): { coast: number; lane: Road | undefined } {
  const horizon = between(0.25, 0.5, random);
  const air = pick(AIR, random);
  canvas.polygon([[0, 0], [1, 0], [1, 1], [0, 1]], airPaint("sky", air, random));
  for (let k = random.integer(0, 3); k > 0; k--) {
    hills(canvas, horizon, between(0.11, 0.18, random) * k, paint("hill", HILL, random), random);
  }
  canvas.polygon([[0, horizon], [1, horizon], [1, 1], [0, 1]], paint("grass", GRASS, random));
  let coast = horizon;
  if (random.uniform() < 0.5) {
    coast += between(0.1, 0.25, random);
    const slope = between(-0.04, 0.04, random);
    canvas.polygon(
      [[0, horizon], [1, horizon], [1, coast + slope], [0, coast - slope]],
      airPaint("water", air, random),
    );
    coast += Math.abs(slope);
  }
  if (random.uniform() < 0.6) {
    const y = between(coast + 0.2, 0.98, random);
    const radii = [between(0.25, 0.55, random), between(0.07, 0.14, random)] as const;
    canvas.ellipse([random.uniform(), y], radii, airPaint("water", air, random));
  }
  const lane = random.uniform() < 0.8
    ? road(canvas, coast, slatePaint("road", slate), random)
    : undefined;
  return { coast, lane };
}

/** A house, a tree, or a car on the road. */
function thing(
  canvas: Canvas,
  place: Place,
  slate: Colour,
  lane: Road | undefined,
  depth: number,
  random: Random,
): void {
  const kind = random.uniform();
  if (kind < 0.35) {
    const wall = paint("wall", WALL, random);
    const window = { ...wall, colour: wall.colour.map((v) => 0.45 * v + 20) as unknown as Colour };
    house(canvas, place, { wall, window, roof: slatePaint("roof", slate) }, random);
  } else if (kind < 0.65 || !lane) {
    tree(
      canvas,
      place,
      { crown: paint("tree", CROWN, random), trunk: paint("tree", DARK, random) },
      random,
    );
  } else {
    const x = lane.centre(depth) + between(-0.6, 0.6, random) * lane.halfWidth(depth);
    const paints = { body: paint("car", CAR, random), dark: paint("car", DARK, random) };
    car(canvas, { ...place, x }, paints);
  }
}

/** A place on the ground, further down and larger the nearer it is. */
function standing(coast: number, depth: number, random: Random): Place {
  const y = coast + 0.03 + depth * (0.99 - coast);
  return { x: between(-0.05, 1.05, random), y, scale: 0.3 + 0.8 * depth };
}

function poleLine(coast: number, random: Random): Place[] {
  const count = random.integer(2, 5);
  const [near, far] = [between(0.5, 0.95, random), between(0.1, 0.5, random)];
  const left = between(0, 0.3, random);
  const mirrored = random.integer(0, 2) === 1;
  return Array.from({ length: count }, (_, k) => {
    const place = standing(coast, far + (near - far) * k / (count - 1), random);
    const x = left + between(0.6, 0.7, random) * k / (count - 1);
    return { ...place, x: mirrored ? 1 - x : x };
  });
}

function pick(colours: readonly Colour[], random: Random): Colour {
  const colour = colours[random.integer(0, colours.length)]!;
  return colour.map((v) => v + between(-JITTER, JITTER, random)) as unknown as Colour;
}

const BLOTCH: Partial<Record<ClassName, number>> = { grass: 7, hill: 5, tree: 6 };
const GRAIN: Partial<Record<ClassName, number>> = { grass: 9, tree: 14, wall: 3 };
const GROUND: ReadonlySet<ClassName> = new Set(["grass", "road"]);

function paint(name: ClassName, colours: readonly Colour[], random: Random): Paint {
  const [blotch, grain] = [BLOTCH[name] ?? 0, GRAIN[name] ?? 2];
  const colour = pick(colours, random);
  const takesShadow = GROUND.has(name);
  return { class: NAMES.indexOf(name), colour, blotch, grain, tilt: [0, 0], takesShadow };
}

/**
 * Sky and water: the same colour with soft clouds, or their reflection, brighter to any one side.
 */
function airPaint(name: "sky" | "water", colour: Colour, random: Random): Paint {
  const tilt = [between(-0.25, 0.25, random), between(-0.25, 0.25, random)] as const;
  return { class: NAMES.indexOf(name), colour, blotch: 9, grain: 2, tilt, takesShadow: false };
}

/** Road and roof: the same dark speckle. */
function slatePaint(name: "road" | "roof", colour: Colour): Paint {
  const takesShadow = name === "road";
  return { class: NAMES.indexOf(name), colour, blotch: 3, grain: 7, tilt: [0, 0], takesShadow };
}
