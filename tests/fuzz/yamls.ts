/** Damaged variant.yml of Segmenter, the only YAML that is read. */
import { SideFiles } from "../../lib/checkpoints/side_files.ts";
import { readVariantFile } from "../../lib/families/segmenter/variant_yml.ts";
import type { Random } from "../../lib/random.ts";
import { concat } from "../checkpoints/torch_file.ts";
import { mutate, pick } from "./mutate.ts";
import { type Target, Wrong } from "./target.ts";

const at = new URL("../golden/containers/segmenter_small/variant.yml", import.meta.url).pathname;

const TOKENS = [
  ...[
    "&a ",
    "*a",
    "*b",
    "<<: *a\n",
    "!!python/tuple",
    "!!python/object/apply:os.system ",
    "!!binary ",
  ],
  ...[
    "!!set ",
    "!!omap ",
    "!!merge ",
    "!!int ",
    "!!float ",
    "? ",
    "- ",
    ": ",
    "|\n",
    ">\n",
    "--- ",
    "...\n",
  ],
  ...[
    "{",
    "}",
    "[",
    "]",
    "'",
    '"',
    "#",
    "%YAML 1.1\n",
    "\t",
    "\r",
    "\x1b",
    "\x00",
    "\ufeff",
    "~",
    ".nan",
  ],
  ...[
    ".inf",
    "-1",
    "0x10",
    "1e400",
    "9".repeat(400),
    "null",
    "true",
    "__proto__: 1\n",
    "d_model: 2\n",
  ],
  ...[
    "[".repeat(2000),
    "- ".repeat(3000),
    "? ".repeat(3000),
    "{a: ".repeat(2000),
    "x".repeat(9000),
  ],
  ...["&a [*a, *a]", "a: &a [1]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c]\n"],
].map((text) => concat(text));

/** The target for variant.yml. */
export async function yaml(): Promise<Target> {
  const text = await Deno.readTextFile(at);
  const material = { tokens: TOKENS, others: [concat(text)] };
  return {
    name: "yaml",
    make: (random) => {
      const damaged = random.uniform() < 0.5 ? withLines(text, random) : text;
      const whole = random.uniform() < 0.3 && damaged !== text;
      return new Map([[
        "variant.yml",
        whole ? concat(damaged) : mutate(concat(damaged), random, material),
      ]]);
    },
    read: async (path) => {
      const variant = await readVariantFile(await SideFiles.of(path));
      const net = variant?.net_kwargs;
      const sides = [net?.n_heads, net?.d_model, ...net?.image_size ?? []];
      if (!sides.every((side) => Number.isSafeInteger(side) && side! > 0)) {
        throw new Wrong(`${sides}`);
      }
    },
    refusal: /^Cannot read \/.+: it needs .+, got .+/s,
  };
}

const VALUES = [
  "",
  "0",
  "-1",
  "1.5",
  "1e3",
  "0o17",
  "true",
  "null",
  "[]",
  "{}",
  "[64, 64]",
  "'64'",
  "~",
]
  .concat([
    "*a",
    "&a 64",
    "!!python/tuple [1]",
    "!!str 64",
    "2024-01-01",
    ".nan",
    "9007199254740993",
  ]);

/** A text some of whose lines are left out, repeated, moved, indented or of another value. */
function withLines(text: string, random: Random): string {
  let lines = text.split("\n");
  const times = 1 + Math.floor(4 * random.uniform() ** 2);
  for (let i = 0; i < times && lines.length > 0; i++) {
    const place = random.integer(0, lines.length);
    const line = lines[place]!;
    const set = (...others: string[]) => lines = lines.toSpliced(place, 1, ...others);
    pick([
      () => set(),
      () => set(...Array(2 ** random.integer(1, 9)).fill(line)),
      () => set(`${pick([" ", "  ", "\t", "- "], random)}${line}`),
      () => set(line.trimStart()),
      () => set(line.replace(/(: |- ).*$/, `$1${pick(VALUES, random)}`)),
      () => set(line.replace(/\w+/, pick(["__proto__", "n_cls", "a b", "<<", "1"], random))),
      () => set(line, ...lines.slice(random.integer(0, lines.length))),
    ], random)();
  }
  return lines.join("\n");
}
