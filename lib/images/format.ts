import { Buffer } from "node:buffer";

/** How files of a format begin: bytes as latin1 text, from a place on. */
type Sign = readonly [format: string, at: number, text: RegExp];

const SIGNS: readonly Sign[] = [
  ["JPEG", 0, /^\xff\xd8\xff/],
  ["PNG", 0, /^\x89PNG/],
  ["GIF", 0, /^GIF8[79]a/],
  ["TIFF", 0, /^(II[*+]\0|MM\0[*+])/],
  ["BMP", 0, /^BM[^]{4}\0\0\0\0/],
  ["WebP", 8, /^WEBP/],
  ["AVIF", 4, /^ftyp(avif|avis)/],
  ["HEIC", 4, /^ftyp(hei|hev|mif1|msf1)/],
  ["JPEG 2000", 4, /^jP {2}/],
  ["JPEG XL", 4, /^JXL /],
  ["PSD", 0, /^8BPS/],
  ["OpenEXR", 0, /^v\/1/],
  ["Radiance HDR", 0, /^#\?(RADIANCE|RGBE)/],
  ["PNM", 0, /^P[1-7][\s#]/],
  ["NumPy array", 0, /^\x93NUMPY/],
  ["PDF", 0, /^%PDF/],
  ["SVG", 0, /^\s*(<\?xml[^]*)?<svg/],
  ["web page", 0, /^\s*<(!doctype html|html)/i],
  ["pointer of Git LFS, not the file itself", 0, /^version https:\/\/git-lfs/],
];

/** How many bytes of a file tell its format. */
export const FORMAT_BYTES = 256;

/** The format of a file by its first bytes, in words; null where it is none of these. */
export function formatOf(file: Uint8Array): string | null {
  const head = Buffer.from(file.subarray(0, FORMAT_BYTES)).toString("latin1");
  return SIGNS.find(([, at, text]) => text.test(head.slice(at)))?.[0] ?? null;
}
