import { assertEquals, assertThrows } from "@std/assert";
import { parseModelName, requireRevision } from "../../lib/hub/model_name.ts";

Deno.test("parseModelName() splits the id from the file behind it", () => {
  const id = "nvidia/segformer-b0-finetuned-ade-512-512";
  assertEquals(parseModelName(id), { id, folder: "", file: undefined });
  assertEquals(parseModelName("a/b/c.pth"), { id: "a/b", folder: "", file: "c.pth" });
  assertEquals(parseModelName("a/b/x/y/c d.pth"), { id: "a/b", folder: "x/y", file: "c d.pth" });
});

Deno.test("parseModelName() refuses what is no model id", () => {
  const wrong = ["", "segformer", "https://huggingface.co/a/b", "../b", "a/..", "a--b/c", "a/b/"];
  for (const text of [...wrong, "a/b/../../c", "/a/b", "a/b/c\\..\\d", "a/b?x", "a/b//c"]) {
    assertThrows(() => parseModelName(text), RangeError, `Cannot download "${text}": a model id`);
  }
});

Deno.test("requireRevision() refuses what leads out of a folder", () => {
  for (const revision of ["main", "refs/pr/1", "v1.0", "0123abc"]) requireRevision(revision);
  for (const revision of ["", "../x", "a/../../b", "/etc", "a\\b"]) {
    assertThrows(() => requireRevision(revision), RangeError, "a branch, a tag or a commit needed");
  }
});
