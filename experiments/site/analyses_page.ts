import { cp, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { foldersIn } from "../../lib/listing.ts";
import sharp from "sharp";
import { titleOf } from "./experiment_page.ts";
import { pageText } from "./frame.ts";
import { type Html, markup } from "../../lib/report/html.ts";
import { reducedFigure } from "./reduced_picture.ts";

/** The page of all analyses: of each model in results/analyses, its pictures and their numbers. */
export async function analysesPage(results: string, site: string): Promise<string> {
  const models: Html[] = [];
  for (const model of await foldersIn(join(results, "analyses"))) {
    const folder = join(results, "analyses", model);
    const found = await findingsIn(folder);
    if (found.length === 0) continue;
    const into = join(site, "analyses", model);
    await mkdir(into, { recursive: true });
    models.push(markup`<section><h2>${model}</h2>
${await Promise.all(found.map((finding) => section(finding, model, folder, into)))}</section>
`);
  }
  return pageText({
    title: "Analyses",
    root: "",
    place: "analyses.html",
    main: markup`<h1>Analyses</h1>
<p class="lead">What the trained networks attend to, how far they see, and what they know of classes.</p>
${models.length > 0 ? models : markup`<p>There are none in this results folder yet.</p>`}`,
  });
}

/** What an analysis wrote: NAME.json, and its pictures NAME.png and NAME_SUFFIX.png. */
interface Found {
  readonly name: string;
  readonly pictures: readonly string[];
}

async function findingsIn(folder: string): Promise<Found[]> {
  const files = (await readdir(folder)).sort();
  const names = files.filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -5));
  const pictures = files.filter((file) => file.endsWith(".png"));
  const ownerOf = (picture: string) =>
    names.filter((name) => picture === `${name}.png` || picture.startsWith(`${name}_`))
      .toSorted((a, b) => b.length - a.length)[0];
  return names.map((name) => ({
    name,
    pictures: pictures.filter((picture) => ownerOf(picture) === name),
  })).filter(({ pictures }) => pictures.length > 0);
}

async function section(
  { name, pictures }: Found,
  model: string,
  folder: string,
  into: string,
): Promise<Html> {
  await cp(join(folder, `${name}.json`), join(into, `${name}.json`));
  const figures = await Promise.all(pictures.map(async (picture) => {
    const stem = picture.slice(0, -4);
    await reducedFigure(join(folder, picture), join(into, `${stem}.webp`));
    const { width, height } = await sharp(join(folder, picture)).metadata();
    const path = `analyses/${model}/${stem}.webp`;
    return markup`<figure class="picture"><a href="${path}"><img loading="lazy" src="${path}" width="${width}" height="${height}" alt="${
      titleOf(stem)
    } of ${model}"></a>${
      stem === name ? null : markup`<figcaption>${titleOf(stem)}</figcaption>`
    }</figure>
`;
  }));
  return markup`<h3>${titleOf(name)}</h3>${figures}
<p class="note"><a href="analyses/${model}/${name}.json">the numbers as JSON</a></p>
`;
}
