import { type NameMap, recogniser } from "./name_rules.ts";

/** A kind of published checkpoint, told by its names. */
export interface CheckpointKind {
  readonly title: string;
  readonly names: NameMap;
  /** The names that all such checkpoints hold. */
  readonly signs: readonly string[];
  /** Names that another kind with the same signs holds. */
  readonly without?: readonly string[];
  /** Why only the backbone of such a checkpoint is a network that Seglab has. */
  readonly otherHead?: string;
  /** Under what its weights are published, where that restricts their use. */
  readonly licence?: string;
}

/**
 * Which of some kinds of checkpoints holds tensors of these names, wrappers such as "state_dict." taken
 * off. Names of two kinds, of none, or more tensors in a repeated block than the kind has are a
 * TypeError that says what was recognised.
 */
export function recognise<K extends CheckpointKind>(
  kinds: readonly K[],
  names: readonly string[],
): K {
  const fitting = kinds.filter((kind) => fits(kind, names));
  const [kind] = fitting;
  if (!kind || fitting.length > 1) throw unknown(kinds, names, fitting.map(({ title }) => title));
  const left = names.filter((name) => !isBookkeeping(name) && !known(kind)(name));
  const others = kinds.filter((other) => other !== kind);
  const foreign = kind.otherHead === undefined
    ? left.filter((name) => others.some((other) => known(other)(name)))
    : [];
  if (foreign.length > 0) throw mixed(kind, others, foreign);
  const blocks = new Set(names.filter(known(kind)).map(blockOf));
  const added = left.filter((name) => blockOf(name) !== undefined && blocks.has(blockOf(name)));
  if (added.length > 0) throw otherNetwork(kind, added);
  return kind;
}

function fits({ signs, without = [] }: CheckpointKind, names: readonly string[]): boolean {
  const has = (sign: string) => names.some(recogniser({ rules: [], unused: [sign] }));
  return signs.every(has) && !without.some(has);
}

const recognisers = new WeakMap<CheckpointKind, (name: string) => boolean>();

/** Whether checkpoints of a kind can hold a tensor of a name. */
export function known(kind: CheckpointKind): (name: string) => boolean {
  const cached = recognisers.get(kind) ?? recogniser(kind.names);
  recognisers.set(kind, cached);
  return cached;
}

/** torch counts the batches that a batch norm saw; nothing reads the number. */
function isBookkeeping(name: string): boolean {
  return name.endsWith(".num_batches_tracked");
}

/** The numbered block that a name lies in: "blocks.0.". */
function blockOf(name: string): string | undefined {
  return /^.*?\.\d+\./.exec(name)?.[0];
}

function unknown(
  kinds: readonly CheckpointKind[],
  names: readonly string[],
  fitting: readonly string[],
): TypeError {
  const counts = kinds.map((kind) => ({ kind, count: names.filter(known(kind)).length }))
    .sort((a, b) => b.count - a.count);
  const { kind, count } = counts[0]!;
  const got = fitting.length > 1
    ? `names of ${fitting.join(" and of ")}`
    : count === 0
    ? `${names.length} names of none of them: ${some(names)}`
    : `${count} of ${names.length} names that ${kind.title} has, without ` +
      `${missingSigns(kind, names)}, and others: ` +
      some(names.filter((name) => !known(kind)(name)));
  const titles = kinds.map(({ title }) => title).join(", ");
  return new TypeError(
    `Cannot tell what kind of checkpoint this is: the names of one of ${titles} needed, got ${got}`,
  );
}

function missingSigns(kind: CheckpointKind, names: readonly string[]): string {
  return kind.signs.filter((sign) => !fits({ ...kind, signs: [sign], without: [] }, names))
    .join(", ");
}

function mixed(
  kind: CheckpointKind,
  others: readonly CheckpointKind[],
  foreign: readonly string[],
): TypeError {
  const titles = others.filter((other) => foreign.some(known(other))).map(({ title }) => title);
  return new TypeError(
    `Cannot tell what kind of checkpoint this is: the names of one kind needed, got those of ` +
      `${kind.title} and ${foreign.length} of ${titles.join(" or ")}: ${some(foreign)}`,
  );
}

function otherNetwork(kind: CheckpointKind, added: readonly string[]): TypeError {
  return new TypeError(
    `Cannot take the checkpoint for ${kind.title}: only that network's tensors in its blocks ` +
      `needed, got ${added.length} others: ${some(added)}`,
  );
}

function some(names: readonly string[]): string {
  return names.slice(0, 5).join(", ") + (names.length > 5 ? ", …" : "");
}
