import { assert, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { deflateSync } from "node:zlib";
import { readMatMatrix } from "../../../lib/prepare/pascal_context/mat_file.ts";
import { matFile } from "../archives.ts";

const ROWS = [[0, 2, 9], [459, 427, 454]];
const COLUMN_MAJOR = [0, 459, 2, 427, 9, 454];

async function read(bytes: Uint8Array) {
  const { rows, columns, values } = await readMatMatrix(bytes, "LabelMap", "x.mat");
  return [rows, columns, Array.from(values)];
}

// What scipy.io.savemat (SciPy 1.17) wrote of ROWS as uint16, behind its header of 128 bytes.
const SCIPY = {
  plain:
    "DgAAAEgAAAAGAAAACAAAAAsAAAAAAAAABQAAAAgAAAACAAAAAwAAAAEAAAAIAAAATGFiZWxNYXAEAAAADAAAAAAAywECAKsB" +
    "CQDGAQAAAAA=",
  compressed:
    "DwAAADsAAAB4nONjYGDwAGI2IOYAYm4GCGCF8pmAmBmIGaF8n8Sk1BzfxAIWIJsHrPI0IxPDakZOhmMgJQwAkqAF4w==",
};

Deno.test("readMatMatrix() reads what SciPy wrote, compressed or not", async () => {
  const header = matFile(ROWS).subarray(0, 128);
  for (const text of Object.values(SCIPY)) {
    const bytes = Buffer.concat([header, Buffer.from(text, "base64")]);
    assertEquals(await read(bytes), [2, 3, COLUMN_MAJOR]);
  }
});

Deno.test("readMatMatrix() reads both byte orders, and numbers stored smaller than their class", async () => {
  for (const compressed of [true, false]) {
    for (const littleEndian of [true, false]) {
      const bytes = matFile(ROWS, { compressed, littleEndian });
      assertEquals(await read(bytes), [2, 3, COLUMN_MAJOR]);
    }
  }
  assertEquals(await read(matFile(ROWS, { kind: 6 })), [2, 3, COLUMN_MAJOR]); // double as uint16
  assertEquals(await read(matFile([[7, 65535]], { type: 3 })), [1, 2, [7, -1]]);
});

Deno.test("readMatMatrix() refuses what is no such file, and says why", async () => {
  const good = matFile(ROWS, { compressed: false });
  const changed = (at: number, value: number) => {
    const bytes = Buffer.from(good);
    bytes.writeUInt32LE(value, at);
    return bytes;
  };
  const cases: readonly (readonly [Uint8Array, string])[] = [
    [new Uint8Array(), "it needs a MATLAB 5 MAT file, got 0 bytes without its header"],
    [good.subarray(0, 100), "got 100 bytes without its header"],
    [Buffer.concat([Buffer.from("MATLAB 7.3 MAT-file"), good]), "got one of version 7.3 (HDF5)"],
    [good.subarray(0, 128), "it needs a variable LabelMap, got none"],
    [matFile(ROWS, { name: "Labels" }), "it needs a variable LabelMap, got Labels"],
    [good.subarray(0, good.length - 8), "it needs a whole file, got an element of"],
    [good.subarray(0, 132), "got 4 bytes of an element"],
    [changed(128 + 8 + 8, 1), "a real numeric matrix in LabelMap, got class 1, 2 dimensions"],
    [changed(128 + 8 + 8, 0x080b), "got class 11, complex, 2 dimensions"],
    [changed(128 + 8 + 16 + 8, 3), "it needs 3 × 3 numbers in LabelMap, got 6"],
    [
      matFile(ROWS, { type: 12 }),
      "it needs numbers of 8 to 64 bits in LabelMap, got data of type 12",
    ],
    [matFile(ROWS).fill(7, 160), "it needs undamaged compressed variables, got"],
  ];
  for (const [bytes, says] of cases) {
    await assertRejects(() => read(bytes), SyntaxError, "Cannot read x.mat: ");
    await assertRejects(() => read(bytes), SyntaxError, says);
  }
});

Deno.test("readMatMatrix() ends with an error whatever single byte is wrong", async () => {
  for (const compressed of [true, false]) {
    const good = matFile(ROWS, { compressed });
    for (let at = 0; at < good.length; at++) {
      const bytes = Buffer.from(good);
      bytes[at]! ^= 0xff;
      await readMatMatrix(bytes, "LabelMap", "x.mat").catch((error) => {
        assertEquals(error.constructor, SyntaxError, `byte ${at}: ${error.stack}`);
      });
    }
  }
});

/** An element of a MAT file, least byte first. */
function element(type: number, data: Uint8Array): Buffer {
  const padding = type === 15 ? 0 : -data.length & 7;
  const tag = Buffer.from(Uint32Array.of(type, data.length).buffer);
  return Buffer.concat([tag, data, Buffer.alloc(padding)]);
}

function words(...values: readonly number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}

Deno.test("readMatMatrix() refuses at once what would take all memory or minutes", async () => {
  const header = matFile(ROWS).subarray(0, 128);
  const matrix = (...parts: Buffer[]) => element(14, Buffer.concat(parts));
  const [flags, name] = [element(6, words(11, 0)), element(1, Buffer.from("LabelMap"))];
  const zeros = element(2, new Uint8Array(2 ** 25));
  const cases: readonly (readonly [Buffer, string])[] = [
    [matrix(flags, element(5, words(2 ** 13, 2 ** 12)), name, zeros), "at most 16777216 numbers"],
    [matrix(flags, element(5, Buffer.alloc(2 ** 20)), name), "at most 32 numbers in LabelMap, got"],
    [Buffer.concat(Array(1000).fill(element(14, new Uint8Array()))), "got one without a name, o"],
    [
      Buffer.concat(Array(1001).fill(element(14, new Uint8Array()))),
      "at most 1000 variables, got m",
    ],
    [
      Buffer.concat(Array(3).fill(element(15, deflateSync(zeros)))),
      "undamaged compressed variables",
    ],
  ];
  for (const [body, says] of cases) {
    const { message } = await assertRejects(
      () => read(Buffer.concat([header, body])),
      SyntaxError,
      says,
    );
    assert(message.length < 400, message.slice(0, 400));
  }
});

Deno.test("readMatMatrix() shows a strange name in signs that a terminal can show", async () => {
  await assertRejects(
    () => read(matFile(ROWS, { name: "a\x1b[2J\n" })),
    SyntaxError,
    "got a\\x1b[2J\\n",
  );
});
