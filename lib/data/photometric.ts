import { between, type Random } from "../random.ts";

/**
 * mmseg's PhotoMetricDistortion on RGB pixels [n, 3], in place: brightness ±32, contrast and
 * saturation 0.5 to 1.5, hue ±18 of 180, each with probability one half, contrast first or last by
 * a coin. Every step clips and truncates to 8 bits.
 */
export function photometricDistortion(pixels: Uint8Array, random: Random): void {
  brightness(pixels, random);
  const contrastFirst = coin(random);
  if (contrastFirst) contrast(pixels, random);
  if (coin(random)) saturate(pixels, between(0.5, 1.5, random));
  if (coin(random)) rotateHue(pixels, random.integer(-18, 18));
  if (!contrastFirst) contrast(pixels, random);
}

/**
 * The brightness and contrast steps of `photometricDistortion` alone, in place on pixels [n, 3].
 */
export function brightnessContrast(pixels: Uint8Array, random: Random): void {
  brightness(pixels, random);
  contrast(pixels, random);
}

/** Multiplies the saturation of RGB pixels [n, 3] in 8-bit HSV, in place. */
export function saturate(pixels: Uint8Array, factor: number): void {
  throughHsv(pixels, 0, convertTable(factor, 0));
}

/** Adds `shift` of 180 to the hue of RGB pixels [n, 3] in 8-bit HSV, in place. */
export function rotateHue(pixels: Uint8Array, shift: number): void {
  throughHsv(pixels, shift, convertTable(1, 0));
}

/** value · factor + offset for each 8-bit value, clipped and truncated to 8 bits. */
export function convertTable(factor: number, offset: number): Uint8Array {
  return Uint8Array.from(
    { length: 256 },
    (_, value) => Math.trunc(Math.min(Math.max(value * factor + offset, 0), 255)),
  );
}

function brightness(pixels: Uint8Array, random: Random): void {
  if (coin(random)) lookUp(pixels, convertTable(1, between(-32, 32, random)));
}

function contrast(pixels: Uint8Array, random: Random): void {
  if (coin(random)) lookUp(pixels, convertTable(between(0.5, 1.5, random), 0));
}

function lookUp(pixels: Uint8Array, table: Uint8Array): void {
  for (let i = 0; i < pixels.length; i++) pixels[i] = table[pixels[i]!]!;
}

function coin(random: Random): boolean {
  return random.integer(0, 2) === 1;
}

// OpenCV's 8-bit HSV: V = max, S = 255 · spread / max, H = 30 per sector of 60 degrees (0 to 179),
// the quotients as reciprocals with 12 fractional bits.
const PER_MAX = Int32Array.from({ length: 256 }, (_, v) => v ? Math.round((255 << 12) / v) : 0);
const PER_SPREAD = Int32Array.from({ length: 256 }, (_, v) => v ? Math.round((30 << 12) / v) : 0);
const SECTOR = Uint8Array.from({ length: 180 }, (_, hue) => Math.floor(hue / 30));

// Which of (value, low, falling, rising) red, green and blue take in each of the six hue sectors.
const VALUE = 0, LOW = 1, FALLING = 2, RISING = 3;
const RED = [VALUE, FALLING, LOW, LOW, RISING, VALUE];
const GREEN = [RISING, VALUE, VALUE, FALLING, LOW, LOW];
const BLUE = [LOW, LOW, RISING, VALUE, VALUE, FALLING];

function throughHsv(pixels: Uint8Array, shift: number, saturation: Uint8Array): void {
  const levels = new Uint8Array(4);
  for (let i = 0; i < pixels.length; i += 3) {
    const r = pixels[i]!;
    const g = pixels[i + 1]!;
    const b = pixels[i + 2]!;
    const max = r > g ? (r > b ? r : b) : (g > b ? g : b);
    const min = r < g ? (r < b ? r : b) : (g < b ? g : b);
    const spread = max - min;
    const turn = max === r ? g - b : max === g ? b - r + 2 * spread : r - g + 4 * spread;
    let hue = (turn * PER_SPREAD[spread]! + (1 << 11)) >> 12;
    hue = (hue + shift + 360) % 180;
    const s = saturation[(spread * PER_MAX[max]! + (1 << 11)) >> 12]!;

    const sector = SECTOR[hue]!;
    const part = hue - 30 * sector; // of 30: how far into the sector
    levels[VALUE] = max;
    levels[LOW] = (max * (255 - s) + 127) / 255;
    levels[FALLING] = (max * (7650 - s * part) + 3825) / 7650; // 7650 = 255 · 30
    levels[RISING] = (max * (7650 - s * (30 - part)) + 3825) / 7650;
    pixels[i] = levels[RED[sector]!]!;
    pixels[i + 1] = levels[GREEN[sector]!]!;
    pixels[i + 2] = levels[BLUE[sector]!]!;
  }
}
