/** What the doc comment at the top of an experiment's file says: paragraphs by section. */
export interface Header {
  readonly question: readonly string[];
  /** How to run it; null where the file does not say. */
  readonly command: string | null;
  /** Empty while there is none. */
  readonly answer: readonly string[];
  /** Whatever else it says, under its own titles: "Budget". */
  readonly others: readonly { readonly title: string; readonly paragraphs: readonly string[] }[];
}

/** Reads the header of an experiment's file, `path` for errors: one without a question is a SyntaxError. */
export function headerOf(source: string, path: string): Header {
  const sections = sectionsOf(source.match(/\/\*\*\n([\s\S]*?)\*\//)?.[1] ?? "");
  const { Question: question, Command: command, Answer: answer = [], ...others } = sections;
  if (question === undefined) {
    const titles = Object.keys(sections).join(", ");
    throw new SyntaxError(
      `Cannot read the header of ${path}: a doc comment with "Question: …" needed, got ` +
        (titles === "" ? "none" : `one with ${titles}`),
    );
  }
  return {
    question,
    command: command?.join(" ") ?? null,
    answer,
    others: Object.entries(others).map(([title, paragraphs]) => ({ title, paragraphs })),
  };
}

/** The paragraphs of a comment under the titles that begin them; what has none belongs to the last. */
function sectionsOf(comment: string): Record<string, string[]> {
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\*? ?/, "").trimEnd());
  const sections: Record<string, string[]> = {};
  let title = "";
  for (const paragraph of lines.join("\n").split(/\n\s*\n/).map((text) => text.trim())) {
    if (paragraph === "") continue;
    const titled = /^([A-Z][A-Za-z ]{1,30}):\s+([\s\S]+)$/.exec(paragraph);
    if (titled) title = titled[1]!;
    (sections[title] ??= []).push((titled?.[2] ?? paragraph).replaceAll(/\s*\n\s*/g, " "));
  }
  return sections;
}
