import type { Random } from "../../lib/random.ts";
import { concat, global, little32, opcodes, type Value } from "../checkpoints/torch_file.ts";
import { pick } from "./mutate.ts";

const NAMES: readonly (readonly [module: string, name: string])[] = [
  ["torch._utils", "_rebuild_tensor_v2"],
  ["torch._utils", "_rebuild_tensor"],
  ["torch._utils", "_rebuild_parameter"],
  ["torch._utils", "_rebuild_parameter_with_state"],
  ["torch._tensor", "_rebuild_from_type_v2"],
  ["torch.nn.parameter", "Parameter"],
  ["torch", "FloatStorage"],
  ["torch", "LongStorage"],
  ["torch", "ComplexFloatStorage"],
  ["torch", "Size"],
  ["collections", "OrderedDict"],
  ["collections", "defaultdict"],
  ["argparse", "Namespace"],
  ["copyreg", "_reconstructor"],
  ["numpy.core.multiarray", "scalar"],
  ["numpy._core.multiarray", "_reconstruct"],
  ["numpy", "dtype"],
  ["_codecs", "encode"],
  ["builtins", "getattr"],
  ["builtins", "__build_class__"],
  ["", "__proto__"],
  ["constructor", "prototype"],
];

/** Opcodes without operands, by their letters, and those of later protocols. */
const SINGLE = [..."(0123.)]}aebsutRNlo"].map((letter) => letter.charCodeAt(0))
  .filter((code) => code !== 0x2e && code !== 0x33)
  .concat([0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8f, 0x90, 0x91, 0x92, 0x93, 0x94, 0x51, 0x32]);

/** Pieces of pickles: opcodes with operands, whole tensors, calls, numbers at the edges. */
export const PICKLE_TOKENS: readonly Uint8Array[] = [
  ...SINGLE.map((code) => Uint8Array.of(code)),
  ...NAMES.map(([module, name]) => global(module, name)),
  ...NAMES.map(([module, name]) => concat(opcodes(module), opcodes(name), 0x93)),
  ...[0, 1, 5, 255].flatMap((index) => [concat("q", index), concat("h", index)]),
  concat("j", little32(2 ** 31)),
  concat("r", little32(2 ** 31)),
  concat(0x8b, little32(1000)),
  concat(0x8a, 16, new Uint8Array(16).fill(0x81)),
  concat("X", little32(2 ** 31)),
  concat(0x8e, little32(16), little32(0)),
  concat("G", 0x7f, 0xf8, 0, 0, 0, 0, 0, 0),
  ...["state_dict", "model", "meta", "CLASSES", "optimizer", "w", "a.weight", "latin1", "f8", "<"]
    .map((text) => opcodes(text)),
  ...[0, 1, 6, -1, 2 ** 31, 2 ** 52].map((number) => opcodes(number)),
];

/** A pickle of values and opcodes at random, most of them in a sensible order. */
export function randomPickle(random: Random): Uint8Array {
  const protocol = pick([2, 3, 4, 5], random);
  const parts = Array.from({ length: random.integer(1, 60) }, () => piece(random, 0));
  const contents = random.uniform() < 0.5 ? concat("}(", ...parts, "u") : concat(...parts);
  return concat(0x80, protocol, contents, ".");
}

function piece(random: Random, depth: number): Uint8Array {
  const roll = random.uniform();
  if (roll < 0.25 || depth > 6) return pick(PICKLE_TOKENS, random);
  if (roll < 0.45) return concat(opcodes(pick(KEYS, random)), piece(random, depth + 1));
  if (roll < 0.6) return randomTensor(random);
  const inner = Array.from({ length: random.integer(0, 5) }, () => piece(random, depth + 1));
  const target = pick(NAMES, random);
  return pick([
    concat("(", ...inner, "t"),
    concat("](", ...inner, "e"),
    concat("}(", ...inner, "u"),
    concat(global(...target), "(", ...inner, "tR"),
    concat(global(...target), "(", ...inner, "t", 0x81, "}b"),
    concat(global(...target), ")", 0x81, "(", ...inner, "u"),
    concat("(", ...inner, "i", target.join("\n"), "\n"),
  ], random);
}

const KEYS: readonly Value[] = ["a", "w", "model", "state_dict", "meta", "a.b", 0, 1, null, true];

/** A tensor that is nearly right, or right. */
function randomTensor(random: Random): Uint8Array {
  const number = () => pick([0, 1, 2, 3, 6, 24, -1, 2 ** 20, 2 ** 40], random);
  const sides = () => Array.from({ length: random.integer(0, 4) }, number);
  const type = pick(["FloatStorage", "HalfStorage", "LongStorage", "BoolStorage"], random);
  const key = pick(["0", "1", "2", "../0"], random);
  const id = opcodes(["storage", global("torch", type), key, "cpu", number()]);
  const right = random.uniform() < 0.3;
  const [shape, stride] = right ? [[1], [1]] : [sides(), sides()];
  const args = opcodes([concat(id, "Q"), right ? 0 : number(), shape, stride, false, null]);
  return concat(global("torch._utils", "_rebuild_tensor_v2"), args, "R");
}
