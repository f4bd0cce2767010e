/** A source of random numbers that depends on its name and seed alone. */
export interface Random {
  /** Uniform in [0, 1) with 32 random bits. */
  uniform(): number;
  /** As many uniform numbers as an array has room for, the same as one by one. */
  uniforms(into: Float32Array): Float32Array;
  /** An integer in [low, high). */
  integer(low: number, high: number): number;
  /** Standard normal (Box and Muller's transform). */
  normal(): number;
}

/**
 * A random stream by name, for example `stream("init/encoder.cls_token", 7)`. The same name and seed
 * give the same numbers on every machine, whatever else was drawn before: a run can resume at any
 * step without saving any generator's state. The generator is sfc32 (Chris Doty-Humphrey, PractRand),
 * seeded by a 128-bit FNV-style hash of `seed/name`.
 */
export function stream(name: string, seed: number): Random {
  let [a, b, c, counter] = hash(`${seed}/${name}`);
  const next = (): number => {
    const t = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) next();

  const uniform = () => next() / 2 ** 32;
  const uniforms = (into: Float32Array) => {
    for (let i = 0; i < into.length; i++) into[i] = next() / 2 ** 32;
    return into;
  };
  return {
    uniform,
    uniforms,
    integer: (low, high) => low + Math.floor(uniform() * (high - low)),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** Shuffles in place (Fisher and Yates) and returns the same array. */
export function shuffle<T>(items: T[], random: Random): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.integer(0, i + 1);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}

function hash(text: string): [number, number, number, number] {
  const lanes = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    for (let lane = 0; lane < 4; lane++) {
      const mixed = Math.imul(lanes[lane]! ^ code, 0x01000193 + 2 * lane);
      lanes[lane] = mixed ^ (mixed >>> 15);
    }
  }
  return lanes as [number, number, number, number];
}

/** Uniform between two numbers. */
export function between(low: number, high: number, random: Random): number {
  return low + (high - low) * random.uniform();
}
