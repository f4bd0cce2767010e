/** Numbers of 8 bits as thi.ng's rle-pack 3 packs them: runs of equal ones, and the others singly. */
export function brushBytes(values: readonly number[]): Uint8Array {
  const sizes = [3, 4, 8, 16];
  let bits = "";
  const write = (value: number, count: number) => bits += value.toString(2).padStart(count, "0");
  write(values.length, 32);
  write(7, 5);
  for (const size of sizes) write(size - 1, 4);
  const length = (count: number) => {
    const index = sizes.findIndex((size) => count - 1 < 2 ** size);
    write(index, 2);
    write(count - 1, sizes[index]!);
  };
  for (let at = 0; at < values.length;) {
    let end = at + 1;
    while (end < values.length && values[end] === values[at]) end++;
    if (end - at > 1) {
      write(1, 1);
      length(end - at);
      write(values[at]!, 8);
    } else {
      while (end < values.length && values[end] !== values[end + 1] && end - at < 8) end++;
      write(0, 1);
      length(end - at);
      for (const value of values.slice(at, end)) write(value, 8);
    }
    at = end;
  }
  return Uint8Array.from(
    bits.padEnd(Math.ceil(bits.length / 8) * 8, "0").match(/.{8}/g)!,
    (byte) => parseInt(byte, 2),
  );
}
