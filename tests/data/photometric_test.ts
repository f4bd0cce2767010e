import { assert, assertEquals } from "@std/assert";
import {
  brightnessContrast,
  convertTable,
  photometricDistortion,
  rotateHue,
  saturate,
} from "../../lib/data/photometric.ts";
import type { Random } from "../../lib/random.ts";
import { stream } from "../../lib/random.ts";
import { pattern } from "./fixtures.ts";

/** Gives these integers and uniform numbers in turn, and fails when there are no more. */
function scripted(integers: number[], uniforms: number[]): Random {
  const take = (from: number[]) => {
    assert(from.length > 0, "one draw too many");
    return from.shift()!;
  };
  return {
    integer: () => take(integers),
    uniform: () => take(uniforms),
    normal: () => NaN,
    uniforms: (into) => into,
  };
}

// 8-bit HSV by hand: H = 30 · (position among six sectors), S = 255 · spread / max, V = max.
Deno.test("rotateHue() turns pure colours by sixths of the circle", () => {
  const pixels = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 90, 90, 90, 0, 0, 0);
  rotateHue(pixels, 60);
  assertEquals(pixels, Uint8Array.of(0, 255, 0, 0, 0, 255, 255, 0, 0, 90, 90, 90, 0, 0, 0));
});

Deno.test("rotateHue() is as computed by hand for a brown", () => {
  // (128, 64, 32): V 128, S = 255 · 96 / 128 = 191.25 → 191, H = 30 · 32 / 96 = 10; plus 15: 25.
  // Red V; green V · (1 - S · 5/30 / 255) = 128 · .875163 = 112.02; blue V · (1 - S / 255) = 32.13.
  const pixels = Uint8Array.of(128, 64, 32);
  rotateHue(pixels, 15);
  assertEquals(pixels, Uint8Array.of(128, 112, 32));
});

Deno.test("rotateHue() wraps below zero", () => {
  // H 10 - 18 = -8 → 172, sector 5, part 22: red V, green V - V·S/255 = 32.13,
  // blue V · (1 - S · 22/30 / 255) = 128 · .450719 = 57.69.
  const pixels = Uint8Array.of(128, 64, 32);
  rotateHue(pixels, -18);
  assertEquals(pixels, Uint8Array.of(128, 32, 58));
});

Deno.test("saturate() scales and clips S", () => {
  // (128, 64, 32) has S 191. Half: trunc(95.5) = 95, low = 128 · (1 - 95/255) = 80.31, green (H 10,
  // part 10): 128 · (1 - 95 · 20/30 / 255) = 96.21. Times 1.5: clipped to 255, low 0, green 42.67.
  const [half, more] = [Uint8Array.of(128, 64, 32), Uint8Array.of(128, 64, 32)];
  saturate(half, 0.5);
  saturate(more, 1.5);
  assertEquals(half, Uint8Array.of(128, 96, 80));
  assertEquals(more, Uint8Array.of(128, 43, 0));
});

Deno.test("saturate() by 1 changes no colour by more than rounding does", () => {
  for (let r = 0; r < 256; r += 15) {
    for (let g = 0; g < 256; g += 15) {
      const pixels = Uint8Array.from({ length: 3 * 256 }, (_, i) => [r, g, (i - 2) / 3][i % 3]!);
      const before = pixels.slice();
      saturate(pixels, 1);
      // One step of H is 1/30 of the spread: at most 255/60 = 4.25 in the middle channel, plus S.
      assert(pixels.every((value, i) => Math.abs(value - before[i]!) <= 5));
    }
  }
});

Deno.test("convertTable() clips and truncates", () => {
  const table = convertTable(1.5, -10.2);
  assertEquals([table[0], table[7], table[8], table[200]], [0, 0, 1, 255]);
});

Deno.test("photometricDistortion() does its steps in the published order", () => {
  const pixels = Uint8Array.of(100, 60, 40);
  // Brightness: yes, -32 + 64 · .75 = 16 → 116, 76, 56. Contrast first: yes, .5 + .5 = 1 → same.
  // Saturation: no. Hue: yes, 0. H of (116, 76, 56) = 30 · 20/60 = 10, S = 131.9 → 132:
  // green 116 · (1 - 132 · 20/30 / 255) = 75.97, blue 116 · (1 - 132/255) = 55.95.
  photometricDistortion(pixels, scripted([1, 1, 1, 0, 1, 0], [0.75, 0.5]));
  assertEquals(pixels, Uint8Array.of(116, 76, 56));
});

Deno.test("photometricDistortion() puts contrast last when the coin says so", () => {
  const first = Uint8Array.of(250, 100, 3);
  const last = first.slice();
  // Brightness off, contrast 1.5, saturation .5, hue off: what contrast clips first has another S.
  photometricDistortion(first, scripted([0, 1, 1, 1, 0], [1, 0]));
  photometricDistortion(last, scripted([0, 0, 1, 0, 1], [0, 1]));
  // First: ×1.5 → (255, 150, 4): S 251, H = 30 · 146/251 = 17.45 → 17; S/2 = 125:
  // green 255 · (1 - 125 · 13/30 / 255) = 200.83, low 130.
  assertEquals(first, Uint8Array.of(255, 201, 130));
  // Last: S = 255 · 247/250 = 251.94 → 252 → 126, H = 30 · 97/247 = 11.78 → 12:
  // green 250 · (1 - 126 · 18/30 / 255) = 175.88 → 176, low 250 · (1 - 126/255) = 126.47 → 126;
  // ×1.5 → 375, 264, 189.
  assertEquals(last, Uint8Array.of(255, 255, 189));
});

Deno.test("photometricDistortion() leaves pixels alone when every coin says no", () => {
  const { data } = pattern(5, 5);
  photometricDistortion(data, scripted([0, 0, 0, 0, 0], []));
  assertEquals(data, pattern(5, 5).data);
});

Deno.test("brightnessContrast() keeps to ±32 and 0.5 to 1.5", () => {
  const seen = new Set<number>();
  for (let seed = 0; seed < 400; seed++) {
    const grey = Uint8Array.of(100, 100, 100);
    brightnessContrast(grey, stream("colour", seed));
    assert(grey[0]! >= Math.floor(68 * 0.5) && grey[0]! <= 132 * 1.5);
    assert(grey[0] === grey[1] && grey[1] === grey[2]);
    seen.add(grey[0]!);
  }
  assert(seen.has(100) && seen.size > 60);
  assert(Math.min(...seen) < 50 && Math.max(...seen) > 170);
});
