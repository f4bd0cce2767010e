import { createRepo, uploadFiles } from "@huggingface/hub";
import { parseModelName } from "./model_name.ts";
import { hubFetch } from "./requests.ts";
import type { HubSettings } from "./settings.ts";

/** A file that goes to the hub. */
export interface UploadedFile {
  /** Its name in the repository. */
  readonly path: string;
  readonly content: Blob;
}

/** What the hub answers where a repository that is to be made is there. */
const THERE_ALREADY = 409;

/** Where files went. */
export interface Uploaded {
  /** The repository's page. */
  readonly url: string;
  /** The commit that has them. */
  readonly commit: string;
}

/**
 * Puts files into a model's repository on the Hugging Face hub in one commit, all or none; a repository
 * that is not there is made, private ones stay so. It needs a token that may write.
 */
export async function uploadModel(
  name: string,
  files: readonly UploadedFile[],
  settings: HubSettings,
): Promise<Uploaded> {
  const { id, file } = parseModelName(name, "upload to");
  const { endpoint: hubUrl, token } = settings;
  if (file !== undefined) {
    throw new RangeError(`Cannot upload to "${name}": USER/NAME needed, got ${file} behind it`);
  }
  if (token === undefined) {
    throw new RangeError(
      `Cannot upload to ${id}: a token that may write needed in HF_TOKEN, got none; make one at ` +
        `${hubUrl}/settings/tokens`,
    );
  }
  const wanted = { id, revision: "main", doing: "upload to" } as const;
  const request = hubFetch(settings, wanted);
  const making = hubFetch(settings, { ...wanted, expected: THERE_ALREADY });
  await createRepo({ repo: id, accessToken: token, hubUrl, fetch: making }).catch((error) => {
    if (error.statusCode !== THERE_ALREADY) throw error;
  });
  const done = await uploadFiles({
    repo: id,
    accessToken: token,
    hubUrl,
    fetch: request,
    files: files.map(({ path, content }) => ({ path, content })),
    commitTitle: "Upload a network trained with Seglab",
  });
  return { url: `${hubUrl}/${id}`, commit: done!.commit.oid };
}
