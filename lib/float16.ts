/**
 * IEEE half precision as bits in a Uint16Array, since not every runtime has a Float16Array: Node has
 * one from version 24 on.
 */

const INFINITY = 0x7c00;
const SMALLEST_NORMAL = 2 ** -14;
const SMALLEST = 2 ** -24;

/** Half precision to float32, exactly. */
export function fromFloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(halves.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]!;
    const sign = (half & 0x8000) << 16;
    const magnitude = half & 0x7fff;
    if (magnitude >= INFINITY) bits[i] = sign | 0x7f800000 | ((magnitude & 0x3ff) << 13);
    else if (magnitude >= 0x400) bits[i] = sign | ((magnitude << 13) + 0x38000000); // exponent + 112
    else values[i] = (sign === 0 ? magnitude : -magnitude) * SMALLEST;
  }
  return values;
}

/** Float32 to half precision, rounded to nearest even; from 65520 on it becomes infinite. */
export function toFloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  // Between 1/2 and 1 float32 is as fine as half precision is between 0 and 2^-14: adding rounds.
  const sum = new Float32Array(1);
  const sumBits = new Uint32Array(sum.buffer);
  for (let i = 0; i < halves.length; i++) {
    const word = bits[i]!;
    const size = Math.abs(values[i]!);
    const sign = (word >>> 16) & 0x8000;
    if (size < SMALLEST_NORMAL) {
      sum[0] = size + 0.5;
      halves[i] = sign | (sumBits[0]! - 0x3f000000);
    } else if (size < 65520) {
      const magnitude = (word & 0x7fffffff) - 0x38000000; // exponent - 112
      halves[i] = sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
    } else halves[i] = sign | (Number.isNaN(size) ? 0x7e00 : INFINITY);
  }
  return halves;
}

/** A tensor's values in half precision; one that is too large is a RangeError that names the tensor. */
export function storedHalf(name: string, values: Float32Array): Uint16Array<ArrayBuffer> {
  const halves = toFloat16(values);
  const far = halves.findIndex((half) => !isFiniteFloat16(half));
  if (far < 0) return halves;
  throw new RangeError(
    `Cannot store "${name}" in half precision: values up to 65504 needed, got ${values[far]}`,
  );
}

/** Whether the bits of a half stand for a finite number. */
export function isFiniteFloat16(half: number): boolean {
  return (half & INFINITY) !== INFINITY;
}
