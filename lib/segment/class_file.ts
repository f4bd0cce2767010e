import { z } from "zod";
import { classNameSchema } from "../class_name.ts";
import { thingsOfDescription } from "../data/folder.ts";
import { type ClassKey, type Colour, colourSchema } from "../images/image.ts";
import { misfit } from "../misfit.ts";
import { readText } from "../text_file.ts";
import { excerpt } from "../words.ts";

const name = z.string().trim().pipe(classNameSchema);
const schema = z.union([
  z.array(name),
  z.object({
    classes: z.array(z.object({
      name,
      colour: colourSchema.optional(),
      thing: z.boolean().optional(),
    })),
  }),
]);

/**
 * Reads the names of a model's classes: a text file with one a line, a JSON list of names, or a JSON
 * description of a data set (data/README.md), whose colours, and which classes are of things, are taken
 * too. Another number of classes than the model's, or one name twice, is a RangeError.
 */
export async function readClassFile(
  path: string,
  model: ClassKey,
): Promise<ClassKey & { readonly things?: readonly boolean[] }> {
  const listed = entriesOf(await textOf(path), path);
  const { length } = model.classes;
  if (listed.length !== length) {
    throw new RangeError(
      `Cannot name the classes by ${path}: ${length} names, as many as the model scores, needed, ` +
        `got ${listed.length}`,
    );
  }
  const classes = listed.map(({ name }) => name);
  const twice = classes.findIndex((name, index) => classes.indexOf(name) < index);
  if (twice >= 0) {
    throw new RangeError(
      `Cannot name the classes by ${path}: a name for each class of its own needed, got ` +
        `"${excerpt(classes[twice]!)}" as names ${classes.indexOf(classes[twice]!) + 1} and ${
          twice + 1
        }`,
    );
  }
  return {
    classes,
    palette: listed.map(({ colour }, index) => colour ?? model.palette[index]!),
    ...thingsOfDescription(listed, path),
  };
}

interface Entry {
  readonly name: string;
  readonly colour?: Colour | undefined;
  readonly thing?: boolean | undefined;
}

function entriesOf(text: string, path: string): readonly Entry[] {
  const complain = (got: string) =>
    new SyntaxError(
      `Cannot read the class file ${path}: names, one a line, a JSON list of names, or a JSON ` +
        `description as in data/README.md needed, got ${got}`,
    );
  if (!/^\s*[[{]/.test(text)) {
    const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
    const odd = lines.find((line) => !classNameSchema.safeParse(line).success);
    if (odd !== undefined) {
      throw complain(`a name with control characters, ${excerpt(JSON.stringify(odd))}`);
    }
    return lines.map((name) => ({ name }));
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw complain(excerpt((error as Error).message, 200));
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw complain(misfit(parsed.error));
  return Array.isArray(parsed.data) ? parsed.data.map((name) => ({ name })) : parsed.data.classes;
}

async function textOf(path: string): Promise<string> {
  return await readText(path).catch((cause) => {
    if (cause instanceof SyntaxError) throw cause;
    throw new RangeError(
      `Cannot read the class file ${path}: a readable file needed, got ${cause.code ?? cause}`,
      { cause },
    );
  });
}
