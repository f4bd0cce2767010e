import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeEvent } from "../../lib/tensorboard/event.ts";
import { EventFile } from "../../lib/tensorboard/event_file.ts";
import { crc32c, recordOf } from "../../lib/tensorboard/record.ts";
import { tensorBoardLog } from "../../lib/runs/tensorboard_log.ts";
import { withFolder } from "../data/fixtures.ts";

const hex = (bytes: Uint8Array) => bytes.toHex();

Deno.test("crc32c() equals the examples of RFC 3720, B.4", () => {
  const bytes = (at: (i: number) => number) => Uint8Array.from({ length: 32 }, (_, i) => at(i));
  assertEquals(crc32c(bytes(() => 0)), 0x8a9136aa);
  assertEquals(crc32c(bytes(() => 0xff)), 0x62a8ab43);
  assertEquals(crc32c(bytes((i) => i)), 0x46dd794e);
  assertEquals(crc32c(bytes((i) => 31 - i)), 0x113fdb5c);
  assertEquals(crc32c(new TextEncoder().encode("123456789")), 0xe3069283); // the catalogues' check
});

// Bytes by hand from event.proto: a double is tag 09, an int64 10 (field 2), strings and messages have
// their length behind the tag; a float is tag 15 (field 2).
const TIME = "09" + "000000000000f83f"; // wall_time 1.5, 3ff8000000000000 backwards

Deno.test("encodeEvent() gives the bytes of event.proto", () => {
  const version = hex(new TextEncoder().encode("brain.Event:2"));
  assertEquals(hex(encodeEvent({ kind: "version" }, 1.5)), `${TIME}1a0d${version}`);
  assertEquals(hex(encodeEvent({ kind: "restart", step: 301 }, 1.5)), `${TIME}10ad023a020801`);
  // summary { value { tag "lr", simple_value 0.5 } value { tag "val/mIoU", simple_value -2 } }
  const lr = "0a09" + "0a026c72" + "150000003f";
  const mIoU = "0a0f" + "0a0876616c2f6d496f55" + "15000000c0";
  assertEquals(
    hex(encodeEvent({ kind: "scalars", step: 10, values: { lr: 0.5, "val/mIoU": -2 } }, 1.5)),
    `${TIME}100a2a1c${lr}${mIoU}`,
  );
});

/** The records' bytes of a file; lengths and checksums are held against the format's description. */
function recordsIn(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const masked = (bytes: Uint8Array) => {
    const crc = BigInt(crc32c(bytes));
    return Number(((crc >> 15n | crc << 17n) + 0xa282ead8n) & 0xffffffffn); // as it stands there
  };
  const records: Uint8Array[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(view.getBigUint64(at, true));
    assertEquals(view.getUint32(at + 8, true), masked(file.subarray(at, at + 8)));
    const bytes = file.subarray(at + 12, at + 12 + length);
    assertEquals(view.getUint32(at + 12 + length, true), masked(bytes));
    records.push(bytes);
    at += 16 + length;
  }
  return records;
}

Deno.test("recordOf() frames bytes as TFRecord does", () => {
  // The first record of every file that TensorFlow writes: 24 bytes, here at time 0 without its field.
  const bytes = new Uint8Array(24);
  assertEquals(hex(recordOf(bytes)).slice(0, 24), "1800000000000000a37f4b22");
  assertEquals(recordsIn(recordOf(bytes)), [bytes]);
});

Deno.test("EventFile writes a file a process, and what a resumed run does again is void", () =>
  withFolder(async (dir) => {
    let now = 1_700_000_000.25;
    const first = await EventFile.begin(dir, 0, () => now);
    await first.add(10, { "train/loss": 2, lr: 0.1 });
    now += 60;
    const second = await EventFile.begin(dir, 5, () => now);
    await second.add(10, { "train/loss": 1 });
    const names = (await readdir(dir)).sort();
    assertEquals(names, [
      "events.out.tfevents.1700000000.250.seglab",
      "events.out.tfevents.1700000060.250.seglab",
    ]);
    const [one, two] = await Promise.all(
      names.map(async (name) => recordsIn(await readFile(join(dir, name))).map(hex)),
    );
    const at = (told: Parameters<typeof encodeEvent>[0], time: number) =>
      hex(encodeEvent(told, time));
    assertEquals(one, [
      at({ kind: "version" }, now - 60),
      at({ kind: "scalars", step: 10, values: { "train/loss": 2, lr: 0.1 } }, now - 60),
    ]);
    assertEquals(two, [
      at({ kind: "version" }, now),
      at({ kind: "restart", step: 6 }, now),
      at({ kind: "scalars", step: 10, values: { "train/loss": 1 } }, now),
    ]);
  }));

Deno.test("tensorBoardLog() warns once where its file cannot be written, and the run goes on", () =>
  withFolder(async (dir) => {
    const folder = join(dir, "run");
    await writeFile(folder, ""); // a file in the folder's place
    await assertRejects(() => EventFile.begin(folder, 0));
    const said: string[] = [];
    const log = await tensorBoardLog(folder, 0, { onMessage: (text) => void said.push(text) });
    await log.add({ step: 1, lr: 1 });
    assertEquals(said.length, 1);
    assertStringIncludes(said[0]!, `Warning: Cannot write ${folder}`);

    await mkdir(join(dir, "other"));
    const heard: string[] = [];
    const onMessage = (text: string) => void heard.push(text);
    const other = await tensorBoardLog(join(dir, "other"), 0, { onMessage });
    await other.add({ step: 1, lr: 1 });
    const [name] = await readdir(join(dir, "other"));
    assert(recordsIn(await readFile(join(dir, "other", name!))).length === 2);
    assertEquals(heard, []);
  }));
