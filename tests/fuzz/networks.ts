/** Checkpoints of networks that are whole but for some names and shapes: opening rebuilds them. */
import { type NDArray, sizeOf } from "../../lib/array.ts";
import { openModel } from "../../lib/models/open.ts";
import type { Random } from "../../lib/random.ts";
import { concat } from "../checkpoints/torch_file.ts";
import { ownGolden } from "../golden.ts";
import { pick } from "./mutate.ts";
import { type Target, Wrong } from "./target.ts";

type Shapes = readonly (readonly [name: string, shape: readonly number[]])[];

const FILES = [
  "segmenter_mask",
  "segmenter_linear",
  "setr_naive",
  "setr_pup",
  "setr_mla",
  "segformer",
  "next/swin_upernet",
  "next/swin_unet",
];

/** Networks of every family, whose names and shapes are damaged. */
export async function networks(): Promise<Target> {
  const originals = await Promise.all(FILES.map(async (file): Promise<Shapes> => {
    const weights: ReadonlyMap<string, NDArray> = (await ownGolden(file)).weights();
    return [...weights].map(([name, { shape }]) => [name, shape]);
  }));
  return {
    name: "networks",
    make: (random) => new Map([["x.ckpt", safetensors(damaged(pick(originals, random), random))]]),
    read,
    refusal: /^Cannot (open \/.+: .+ needed, got .+|read .+: it needs .+, got .+)/s,
  };
}

async function read(path: string): Promise<void> {
  const { weights, report, classes, architecture } = await openModel(path);
  for (const [name, { shape, data }] of weights) {
    if (data.length !== sizeOf(shape)) throw new Wrong(`${name} [${shape}]: ${data.length} values`);
  }
  const isWhole = report.misshapen.length === 0 && classes.length === architecture.config.classes;
  if (!isWhole) throw new Wrong(`${report.misshapen.length} misshapen, ${classes.length} classes`);
}

const MOST = 1 << 22; // elements of a tensor that takes the place of another

/** Some of the names and shapes in another form. */
function damaged(shapes: Shapes, random: Random): Shapes {
  const times = 1 + Math.floor(8 * random.uniform() ** 3);
  let all = [...shapes];
  for (let i = 0; i < times && all.length > 0; i++) {
    const place = random.integer(0, all.length);
    const [name, shape] = all[place]!;
    const other = all[random.integer(0, all.length)]!;
    const set = (name: string, shape: readonly number[]) =>
      void all.splice(place, 1, [name, shape]);
    pick([
      () => all.splice(place, 1),
      () =>
        set(name, pick([shape.toReversed(), other[1], [sizeOf(shape)], [], [...shape, 1]], random)),
      () => set(name, sized(shape, random)),
      () => set(name.replace(/\d+/, `${pick([0, 1, 2, 9, 100, 2 ** 32, 1e15], random)}`), shape),
      () => all.push([name.replace(/\d+/, `${random.integer(0, 50)}`), shape]),
      () => all.push([`${pick(["net.", "extra.", "backbone."], random)}${name}`, shape]),
      () => { // all of one kind are wider
        const [from, to] = [pick([...shape, 1], random), pick([1, 2, 3, 7, 48, 96], random)];
        all = all.map(([name, shape]) => {
          const wider = shape.map((side) => side === from ? to : side);
          return [name, sizeOf(wider) < MOST ? wider : shape] as const;
        });
      },
      () => { // a part of the network is missing
        const prefix = name.split(".").slice(0, random.integer(1, 4)).join(".");
        all = all.filter(([name]) => !name.startsWith(prefix));
      },
    ], random)();
  }
  return [...new Map(all)];
}

function sized(shape: readonly number[], random: Random): readonly number[] {
  if (shape.length === 0) return [random.integer(0, 9)];
  const side = pick([0, 1, 2, 5, 17, 1000, 2 ** 19], random);
  const other = shape.with(random.integer(0, shape.length), side);
  return sizeOf(other) < MOST ? other : shape.map(() => pick([0, 1, 2 ** 20], random)).with(0, 0);
}

/** A file of tensors of zeros. */
function safetensors(shapes: Shapes): Uint8Array {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, shape] of shapes) {
    header[name] = { dtype: "BF16", shape, data_offsets: [end, end += 2 * sizeOf(shape)] };
  }
  const json = concat(JSON.stringify(header));
  const length = new Uint8Array(BigUint64Array.of(BigInt(json.length)).buffer);
  return concat(length, json, new Uint8Array(end));
}
