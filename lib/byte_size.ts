const UNITS = ["bytes", "kB", "MB", "GB", "TB"];

/** A number of bytes in three significant digits and the unit that fits, for example `15.1 MB`. */
export function byteSize(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${UNITS[power]}`;
}
