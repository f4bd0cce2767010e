import { oneLine } from "../words.ts";

/** One row of a table: cells by column; a column's name is its head. */
export type Row = Readonly<Record<string, string | number | null>>;

/** What stands in a cell without a value. */
const NOTHING = "–";

/** A Markdown table, columns in the order of the first row's keys, numbers aligned to the right. */
export function markdownTable(rows: readonly Row[]): string {
  const columns = columnsOf(rows, (text) => text.replaceAll("|", "\\|").replaceAll("\n", " "));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = columns.map(({ width, right }) => "-".repeat(width - 1) + (right ? ":" : "-"));
  return linesOf(columns, rows.length, line, line(rule)).join("\n") + "\n";
}

/** A table for a terminal: aligned columns, two spaces between them, a rule under the heads. */
export function consoleTable(rows: readonly Row[]): string {
  const columns = columnsOf(rows, oneLine);
  const line = (cells: readonly string[]) => cells.join("  ").trimEnd();
  const rule = columns.map(({ width }) => "─".repeat(width)).join("  ");
  return linesOf(columns, rows.length, line, rule).join("\n") + "\n";
}

interface Column {
  readonly head: string;
  readonly cells: readonly string[];
  readonly width: number;
  readonly right: boolean;
}

function columnsOf(rows: readonly Row[], clean: (text: string) => string): Column[] {
  return Object.keys(rows[0] ?? {}).map((name) => {
    const head = clean(name);
    const cells = rows.map((row) => clean(String(row[name] ?? NOTHING)));
    const width = Math.max(3, head.length, ...cells.map((cell) => cell.length));
    const right = cells.every((cell) =>
      cell === NOTHING || /^[+-]?[\d.,]+( ?[%sM×])?( ± [\d.]+)?$/.test(cell)
    );
    return { head, cells, width, right };
  });
}

function linesOf(
  columns: readonly Column[],
  rows: number,
  line: (cells: readonly string[]) => string,
  rule: string,
): string[] {
  const pad = (text: string, { width, right }: Column) =>
    right ? text.padStart(width) : text.padEnd(width);
  const heads = line(columns.map((column) => pad(column.head, column)));
  const body = Array.from(
    { length: rows },
    (_, row) => line(columns.map((column) => pad(column.cells[row]!, column))),
  );
  return [heads, rule, ...body];
}
