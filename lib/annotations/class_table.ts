import type { DiskSource } from "../data/dataset.ts";
import { colourKey, type LabelTable } from "../data/label_table.ts";
import { type Colour, IGNORE } from "../images/image.ts";
import { isBackground } from "../images/voc_colour.ts";
import { readText } from "../text_file.ts";
import { excerpt } from "../words.ts";
import type { Category } from "./annotated.ts";
import { isIgnoredName } from "./found_set.ts";

/** What the values or colours of masks mean, as a file beside them says. */
export interface ClassTable {
  readonly format: string;
  readonly file: string;
  readonly classes: readonly Category[];
  readonly tableFor: DiskSource["tableFor"];
}

interface Row {
  readonly name: string;
  readonly value?: number;
  readonly colour?: Colour;
}

/** The names of files that say what masks hold. */
export const CLASS_TABLES = /(^|[\\/])(_classes\.csv|class_dict(_seg)?\.csv|labelmap\.txt)$/i;

/** The colour of what Pascal VOC ignores. */
const VOC_VOID: Colour = [224, 224, 192];

/**
 * Reads a table of classes: Roboflow's `_classes.csv` of values, a `class_dict.csv` of colours (name,
 * r, g, b), or CVAT's `labelmap.txt` of colours. Classes called void or ignore are ignored.
 */
export async function readClassTable(file: string): Promise<ClassTable> {
  const lines = (await readText(file)).split(/\r?\n/).map((line) => line.trim());
  const filled = lines.filter((line) => line !== "" && !line.startsWith("#"));
  const isLabelmap = /\.txt$/i.test(file);
  const rows = isLabelmap ? labelmap(filled, file) : csv(filled, file);
  const names = rows.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  const classes = rows.filter(({ name }) => !isIgnoredName(name));
  if (twice !== undefined || classes.length < 2 || classes.length > IGNORE) {
    const got = twice === undefined ? `${classes.length}` : `"${excerpt(twice)}" twice`;
    throw new RangeError(`Cannot read ${file}: it needs 2 to ${IGNORE} classes, got ${got}`);
  }
  const byValue = rows.some(({ value }) => value !== undefined);
  const format = isLabelmap
    ? "masks with labelmap.txt (CVAT segmentation mask 1.1)"
    : byValue
    ? "masks with _classes.csv (Roboflow)"
    : "masks with class_dict.csv";
  return { format, file, classes, tableFor: tables(rows, classes, file) };
}

function tables(
  rows: readonly Row[],
  classes: readonly Row[],
  file: string,
): DiskSource["tableFor"] {
  const label = (row: Row) => isIgnoredName(row.name) ? IGNORE : classes.indexOf(row);
  const values = new Map(rows.map((row, index) => [row.value ?? index, label(row)]));
  const coloured = rows.filter(({ colour }) => colour !== undefined);
  const colours = new Map(coloured.map((row) => [colourKey(...row.colour!), label(row)]));
  if (!colours.has(colourKey(...VOC_VOID))) colours.set(colourKey(...VOC_VOID), IGNORE);
  const background = classes.findIndex(({ name }) => isBackground(name));
  if (background >= 0 && !colours.has(0)) colours.set(0, background);
  return ({ channels, indexColours }, mask) => {
    if (channels === 1) {
      return (indexColours && ofPalette(indexColours, colours, coloured)) ?? values;
    }
    if (coloured.length > 0) return colours;
    throw new RangeError(
      `Cannot use the labels of ${mask}: needs a mask of values, as ${file} lists them, got an RGB image`,
    );
  };
}

/** Palette indices by their colours; undefined where the palette is of other colours than the table. */
function ofPalette(
  palette: readonly Colour[],
  colours: LabelTable,
  rows: readonly Row[],
): LabelTable | undefined {
  const keys = palette.map((colour) => colourKey(...colour));
  if (rows.length === 0 || !rows.every(({ colour }) => keys.includes(colourKey(...colour!)))) {
    return undefined;
  }
  return new Map(keys.flatMap((key, index) => {
    const label = colours.get(key);
    return label === undefined ? [] : [[index, label] as const];
  }));
}

/** Lines of CVAT: a name, a colour of three numbers, parts and actions, with colons between. */
function labelmap(lines: readonly string[], file: string): Row[] {
  return lines.map((line, index) => {
    const [, name, digits] = line.match(/^(.+?):(\d+,\d+,\d+)(?::|$)/) ?? [];
    const colour = colourOf(digits?.split(","));
    if (name !== undefined && colour) return { name, colour };
    throw wrongLine(file, index, line, "name:r,g,b::");
  });
}

/** Lines of values with names, or of names with colours, below the names of the columns. */
function csv([head = "", ...lines]: readonly string[], file: string): Row[] {
  const columns = cells(head).map((cell) => cell.toLowerCase());
  const at = (...names: string[]) => columns.findIndex((column) => names.includes(column));
  const name = at("name", "class", "class_name", "label");
  const value = at("pixel value", "value", "id", "pixel_value");
  const channels = [at("r", "red"), at("g", "green"), at("b", "blue")];
  const hasColours = channels.every((channel) => channel >= 0);
  if (name < 0 || !hasColours && value < 0) {
    throw new SyntaxError(
      `Cannot read ${file}: it needs the columns name, r, g, b or Pixel Value, Class, got ` +
        (excerpt(head) || "none"),
    );
  }
  return lines.map((line, index) => {
    const row = cells(line);
    const colour = hasColours ? colourOf(channels.map((channel) => row[channel]!)) : undefined;
    const number = value >= 0 && /^\d+$/.test(row[value] ?? "") ? Number(row[value]) : undefined;
    if (!row[name] || hasColours && !colour || !hasColours && number === undefined) {
      throw wrongLine(file, index + 1, line, head);
    }
    return {
      name: row[name],
      ...colour && { colour },
      ...!hasColours && number !== undefined && { value: number },
    };
  });
}

/** The cells of a line, without the quotes around them. */
function cells(line: string): string[] {
  return [...line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)]
    .map(([, quoted, plain]) => (quoted?.replaceAll('""', '"') ?? plain ?? "").trim());
}

function colourOf(texts: readonly (string | undefined)[] | undefined): Colour | undefined {
  const numbers = texts?.map((text) => text ? Number(text) : NaN);
  const isByte = (value: number) => Number.isInteger(value) && value >= 0 && value <= 255;
  if (numbers?.length !== 3 || !numbers.every(isByte)) return undefined;
  return [numbers[0]!, numbers[1]!, numbers[2]!];
}

function wrongLine(file: string, index: number, line: string, needs: string): SyntaxError {
  return new SyntaxError(
    `Cannot read ${file}: it needs lines as "${excerpt(needs)}", got in entry ${index + 1} ` +
      excerpt(line),
  );
}
