/** Damaged archives of published data sets, which `prepare` unpacks, converts and verifies. */
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { prepareArchives } from "../../lib/prepare/prepare.ts";
import type { PublishedName } from "../../lib/prepare/published_sets.ts";
import type { Random } from "../../lib/random.ts";
import { concat } from "../checkpoints/torch_file.ts";
import {
  bytesOf,
  type Entries,
  isLink,
  runLengths,
  tarBytes,
  type TarEntry,
} from "../prepare/archives.ts";
import { ARCHIVES } from "../prepare/published.ts";
import { damagedJson } from "./mutate_json.ts";
import { mutate, pick } from "./mutate.ts";
import { plainZip } from "./plain_zip.ts";
import { type Files, type Target, Wrong } from "./target.ts";

/** A file of an archive, which is a zip's or a tar's. */
interface Member {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly type?: string;
  readonly link?: string;
  readonly size?: number;
  readonly deflated?: boolean;
}

interface Published {
  readonly set: PublishedName;
  /** Names of the archives and what is in them. */
  readonly archives: readonly (readonly [string, readonly Member[]])[];
}

const SETS: readonly Published[] = Object.entries(ARCHIVES).map(([set, [archives]]) => ({
  set: set as PublishedName,
  archives: Object.entries(archives).map(([name, entries]) => [name, membersOf(entries)]),
}));

const size = [3, 4];
const DETAIL = JSON.stringify({
  info: { version: 1 },
  images: ["train", "val"].map((phase, i) => ({
    ...{ image_id: i, file_name: `2008_00000${i + 2}.jpg`, height: 3, width: 4, phase },
  })),
  annos_segmentation: [[0, 2, 4], [1, 454, 6]].map(([image_id, category_id, length]) => ({
    ...{ image_id, category_id, area: length, iscrowd: 0 },
    segmentation: { size, counts: runLengths([2, length!, 10 - length!]) },
  })),
});
const CONTEXT = SETS.find(({ set }) => set === "pascal-context")!.archives
  .find(([name]) => name.startsWith("VOC"))!;
const MERGED = "trainval_merged.json";

/** The target for archives. */
export const archives: Target = {
  name: "archives",
  make: damaged,
  read: async (path) => {
    const { set, names } = setOf(basename(path));
    const paths = names.map((name) => join(dirname(path), name));
    const splits = await prepareArchives(set, paths, join(dirname(path), "out"), () => {});
    const pairs = splits.reduce((sum, split) => sum + split.pairs, 0);
    const checked = splits.reduce((sum, split) => sum + split.checked, 0);
    if (!(pairs > 0 && checked > 0 && checked <= pairs)) throw new Wrong(`${pairs} pairs`);
  },
  refusal: /^Cannot .+?: .*need.+, got\s.+/s,
  writes: "out",
};

/** The data set that an archive of this name belongs to, and all of its archives. */
function setOf(name: string): { set: PublishedName; names: string[] } {
  if (name === MERGED) return { set: "pascal-context", names: [MERGED, CONTEXT[0]] };
  const { set, archives } = SETS.find(({ archives }) => archives.some(([own]) => own === name))!;
  return { set, names: archives.map(([name]) => name) };
}

function damaged(random: Random): Files {
  if (random.uniform() < 0.15) {
    return new Map([[MERGED, damagedJson(DETAIL, random)], [CONTEXT[0], sound(...CONTEXT)]]);
  }
  const { archives } = pick(SETS, random);
  const [name, members] = pick(archives, random);
  const others = archives.filter(([other]) => other !== name);
  return new Map([
    [name, damagedArchive(name, members, random)],
    ...others.map(([name, members]) => [name, sound(name, members)] as const),
  ]);
}

const KEPT = new Map<string, Uint8Array>();

/** An archive as it should be, made once. */
function sound(name: string, members: readonly Member[]): Uint8Array {
  const bytes = KEPT.get(name) ?? packed(name, members);
  KEPT.set(name, bytes);
  return bytes;
}

function packed(name: string, members: readonly Member[]): Uint8Array {
  if (name.endsWith("zip")) {
    return plainZip(members.map(({ path, type, link, ...rest }) => {
      const bytes = link === undefined ? rest.bytes : concat(link);
      return { name: path, ...rest, bytes, ...type === "2" && { mode: 0o120777 } };
    }));
  }
  const tar = tarBytes(members as readonly TarEntry[]);
  return Uint8Array.from(name.endsWith("gz") ? gzipSync(tar) : tar);
}

const TOKENS = ["PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "PK\x06\x06", "ustar\x0000", "\0\0\0\0"]
  .concat(["../", "/", "\x1b[2J", "77777777777", "\x1f\x8b\x08", "00000000000"])
  .map((text) => concat(text));

function damagedArchive(name: string, members: readonly Member[], random: Random): Uint8Array {
  const material = { tokens: TOKENS, others: [sound(name, members)] };
  const roll = random.uniform();
  if (roll < 0.15) return mutate(sound(name, members), random, material);
  if (roll < 0.25 && name.endsWith("gz")) {
    return gzipSync(mutate(tarBytes(members as readonly TarEntry[]), random, material));
  }
  let list = [...members];
  const times = 1 + Math.floor(3 * random.uniform() ** 2);
  for (let i = 0; i < times && list.length > 0; i++) {
    const at = random.integer(0, list.length);
    const other = pick(list, random);
    const set = (...others: Member[]) => list = list.toSpliced(at, 1, ...others);
    const member = list[at]!;
    pick([
      () => set(),
      () => set(member, other),
      () => set({ ...member, path: strange(member.path, random) }),
      () => set({ ...member, path: other.path }),
      () => set({ ...member, path: dirname(other.path) }, ...list.slice(at + 1, at + 2)),
      () => set({ ...member, path: `${other.path}/x` }),
      () => set({ ...member, bytes: other.bytes }),
      () =>
        set({ ...member, bytes: mutate(member.bytes, random, { ...material, tokens: TOKENS }) }),
      () => set({ ...member, size: 2 ** random.integer(0, 33) }),
      () => set({ ...member, bytes: new Uint8Array(2 ** random.integer(10, 25)), deflated: true }),
      () => set({ ...member, deflated: true }),
      () => set({ ...member, type: pick("0123456 7LKxgSDMV".split(""), random), link: "../../x" }),
      () => set({ path: "long", bytes: concat("a/".repeat(300), member.path), type: "L" }, member),
      () =>
        set(
          { path: "pax", bytes: pax("path", pick(["../x", "a\x1b"], random)), type: "x" },
          member,
        ),
      () => set({ path: "pax", bytes: pax("size", `${2 ** 40}`), type: "x" }, member),
      () => set(...Array(2 ** random.integer(1, 12)).fill({ ...member, bytes: new Uint8Array() })),
    ], random)();
  }
  return packed(name, list);
}

function strange(path: string, random: Random): string {
  const folder = dirname(path);
  return pick([
    `../${path}`,
    `/${path}`,
    `C:\\${path}`,
    path.replaceAll("/", "\\"),
    `${folder}/../../../${basename(path)}`,
    `./${path}`,
    `${folder}//${basename(path)}`,
    `${folder}/./${basename(path)}`,
    `${folder}/\x1b[2J${basename(path)}`,
    `${folder}/${"x".repeat(2 ** random.integer(4, 14))}${basename(path)}`,
    `${"a/".repeat(random.integer(1, 3000))}${path}`,
    `${path}/`,
    path.toUpperCase(),
    `${path}\0.png`,
    `${folder}/\ud800${basename(path)}`,
    "",
    ".",
  ], random);
}

/** A record of a pax header. */
function pax(key: string, value: string): Uint8Array {
  const text = ` ${key}=${value}\n`;
  return concat(`${text.length + 2}`, text);
}

function membersOf(entries: Entries): Member[] {
  return Object.entries(entries).flatMap(([path, contents]) =>
    isLink(contents) ? [] : [{ path, bytes: Uint8Array.from(bytesOf(contents)) }]
  );
}
