import type { Archive } from "./archive.ts";
import { byteLength, type NamedTensors, readPickled } from "./pickled_tensors.ts";
import { type Storage, torchRules } from "./torch_pickle.ts";
import { unpickle } from "./unpickle.ts";
import { unreadable } from "./unreadable.ts";

const MAX_PICKLE = 1 << 28; // bytes; the log of a long training beside the weights takes 2 ** 25
const MAX_ORDER = 16; // bytes: "little" or "big"

/** The name of the pickle in an archive that `torch.save` wrote; undefined in any other. */
export function pickleName(archive: Archive): string | undefined {
  return picklesIn(archive)[0];
}

function picklesIn(archive: Archive): string[] {
  return archive.names.filter((name) => /^[^/]+\/data\.pkl$/.test(name));
}

/**
 * Reads what `torch.save` of PyTorch 1.6 and later writes: a pickle, and each storage's bytes as an
 * entry `data/KEY` beside it.
 */
export async function readPytorchZip(archive: Archive): Promise<NamedTensors> {
  const { path, size: fileSize } = archive.file;
  const [name, ...others] = picklesIn(archive);
  if (name === undefined || others.length > 0) {
    throw unreadable(path, "one entry data.pkl", archive.names.join(", "));
  }
  const folder = name.replace(/data\.pkl$/, "");
  await checkByteOrder(archive, `${folder}byteorder`);
  // torch.save compresses nothing; who packed its file again may have.
  const bytes = await archive.read(name, Math.min(MAX_PICKLE, 8 * fileSize + (1 << 24)));
  const read = (start: number, length: number) => bytes.subarray(start, start + length);
  const { value } = unpickle({ path, size: bytes.length, read }, 0, torchRules(path));
  return await readPickled(value, {
    path,
    fileSize,
    read: (storage) => readStorage(archive, `${folder}data/${storage.key}`, storage),
  });
}

async function readStorage(archive: Archive, entry: string, storage: Storage) {
  const needed = byteLength(storage);
  const found = archive.sizeOf(entry);
  if (found === needed) return await archive.read(entry, needed);
  const { dtype, length } = storage;
  throw unreadable(
    archive.file.path,
    `${needed} bytes in ${entry} for ${length} elements of ${dtype}`,
    `${found ?? "no such entry"}`,
  );
}

async function checkByteOrder(archive: Archive, entry: string): Promise<void> {
  if (archive.sizeOf(entry) === undefined) return; // files of PyTorch 1 do not say, and are little
  const order = new TextDecoder().decode(await archive.read(entry, MAX_ORDER));
  if (order === "little") return;
  throw unreadable(archive.file.path, "byte order little", order === "" ? "no word of it" : order);
}
