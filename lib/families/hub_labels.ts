/** The classes of id2label by their numbers; "LABEL_0" … is what transformers writes without names. */
export function namesOf(
  id2label: Readonly<Record<string, string>> = {},
): string[] | undefined {
  const labels = Object.entries(id2label);
  if (labels.length === 0 || labels.every(([, name]) => /^LABEL_\d+$/.test(name))) return undefined;
  const names = labels.map((_, id) => id2label[id]);
  const gap = names.indexOf(undefined);
  if (gap < 0) return names as string[];
  throw new SyntaxError(
    `Cannot name the classes by config.json: id2label with the numbers 0 to ${labels.length - 1} ` +
      `needed, got ${labels.length} names without ${gap}`,
  );
}
