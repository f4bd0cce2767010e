import { assertEquals, assertThrows } from "@std/assert";
import { headerOf } from "../../experiments/site/header.ts";
import { jsonElement, markup, prose } from "../../lib/report/html.ts";

const text = `/**
 * Question: what gives
 * a patch?
 *
 * Budget: two hours.
 *
 * Command: deno task experiment it
 *   --data DIR
 *
 * Answer: nothing.
 *
 * One seed: it may be chance.
 */
import "x";
`;

Deno.test("an experiment's header is read into sections of paragraphs", () => {
  assertEquals(headerOf(text, "it.ts"), {
    question: ["what gives a patch?"],
    command: "deno task experiment it --data DIR",
    answer: ["nothing."],
    others: [
      { title: "Budget", paragraphs: ["two hours."] },
      { title: "One seed", paragraphs: ["it may be chance."] },
    ],
  });
  assertEquals(headerOf("/**\n * Question: why?\n */", "it.ts").answer, []);
});

Deno.test("a header without a question is refused with what it has", () => {
  assertThrows(() => headerOf("const x = 1;", "it.ts"), SyntaxError, "got none");
  assertThrows(
    () => headerOf("/**\n * Answer: yes.\n */", "it.ts"),
    SyntaxError,
    'Cannot read the header of it.ts: a doc comment with "Question: …" needed, got one with Answer',
  );
});

Deno.test("texts of strangers stay text in pages", () => {
  assertEquals(markup`<b>${'<i>&"'}</b>`.text, "<b>&lt;i&gt;&amp;&quot;</b>");
  assertEquals(markup`${[markup`<i>${1}</i>`, null, "<"]}`.text, "<i>1</i>&lt;");
  assertEquals(prose("`a<b` *scenes* 3*4*5").text, "<code>a&lt;b</code> <em>scenes</em> 3*4*5");
  assertEquals(jsonElement("x", "</script>").text.match(/<\/script>/g)?.length, 1);
});
