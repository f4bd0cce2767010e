import { assertEquals } from "@std/assert";
import { consoleTable, markdownTable } from "../../lib/report/table.ts";

const rows = [
  { variant: "T/16", mIoU: "64.74", steps: 1350 },
  { variant: "T-Mask|8", mIoU: null, steps: 20 },
];

Deno.test("markdownTable() aligns numbers to the right and escapes bars", () => {
  assertEquals(
    markdownTable(rows),
    "| variant   |  mIoU | steps |\n" +
      "| --------- | ----: | ----: |\n" +
      "| T/16      | 64.74 |  1350 |\n" +
      "| T-Mask\\|8 |     – |    20 |\n",
  );
});

Deno.test("consoleTable() aligns columns and draws a rule", () => {
  assertEquals(
    consoleTable(rows),
    "variant    mIoU  steps\n" +
      "────────  ─────  ─────\n" +
      "T/16      64.74   1350\n" +
      "T-Mask|8      –     20\n",
  );
});
