import { shown } from "../words.ts";

/** A part of a configuration, as deep as it goes: lists are replaced as a whole. */
export type Overrides = { readonly [key: string]: unknown };

/**
 * A network's configuration with some of its values replaced, as an ablation does it. A key that it does
 * not have, and a value of another kind, are a RangeError that names the place.
 */
export function overridden<C extends object>(config: C, overrides: Overrides, path = ""): C {
  const entries = Object.entries(overrides).map(([key, value]) => {
    const place = path + key;
    if (!Object.hasOwn(config, key)) {
      throw new RangeError(
        `Cannot change a network: one of ${Object.keys(config).map((k) => path + k).join(", ")} ` +
          `needed, got ${place}`,
      );
    }
    const before = (config as Overrides)[key];
    if (isPlain(before) && isPlain(value)) return [key, overridden(before, value, `${place}.`)];
    if (kindOf(before) === kindOf(value)) return [key, value];
    throw new RangeError(
      `Cannot change a network: ${place} like ${JSON.stringify(before)} needed, got ${
        shown(value)
      }`,
    );
  });
  return { ...config, ...Object.fromEntries(entries) };
}

function isPlain(value: unknown): value is Overrides {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "list" : isPlain(value) ? "object" : typeof value;
}
