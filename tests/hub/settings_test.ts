import { assert, assertEquals, assertThrows } from "@std/assert";
import { homedir } from "node:os";
import { join } from "node:path";
import { hubSettings } from "../../lib/hub/settings.ts";

const NAMES = [
  ...["HF_ENDPOINT", "HF_TOKEN", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"],
  ...["XDG_CACHE_HOME", "HF_HUB_DOWNLOAD_TIMEOUT"],
];

/** The settings in an environment that has only these of the hub's variables. */
function settingsWith(variables: Record<string, string>) {
  const before = NAMES.map((name) => [name, Deno.env.get(name)] as const);
  try {
    for (const name of NAMES) Deno.env.delete(name);
    for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
    return hubSettings();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}

Deno.test("hubSettings() asks huggingface.co and keeps files in ~/.cache when nothing is set", () => {
  assertEquals(settingsWith({}), {
    endpoint: "https://huggingface.co",
    token: undefined,
    cache: join(homedir(), ".cache", "huggingface", "hub"),
    timeout: 10,
  });
});

Deno.test("hubSettings() follows HF_ENDPOINT, HF_TOKEN and HF_HOME", () => {
  const HF_ENDPOINT = "http://mirror.example:8080/hf/";
  const settings = settingsWith({ HF_ENDPOINT, HF_TOKEN: "hf_abc\n", HF_HOME: "~/hf" });
  assertEquals(settings.endpoint, "http://mirror.example:8080/hf");
  assertEquals(settings.token, "hf_abc");
  assertEquals(settings.cache, join(homedir(), "hf", "hub"));
  assertEquals(settingsWith({ HF_HUB_CACHE: "/data/hub" }).cache, "/data/hub");
  assertEquals(settingsWith({ XDG_CACHE_HOME: "/x" }).cache, join("/x", "huggingface", "hub"));
});

Deno.test("hubSettings() names the variable when its value cannot be used, but not the token", () => {
  const cases = [
    [{ HF_ENDPOINT: "mirror.example" }, "Cannot use HF_ENDPOINT: an address such as https"],
    [{ HF_HUB_DOWNLOAD_TIMEOUT: "0" }, "Cannot use HF_HUB_DOWNLOAD_TIMEOUT: a number of seconds"],
    [{ HF_TOKEN: "secret" }, "a token that begins with hf_ needed, got another text of 6"],
  ] as const;
  for (const [variables, says] of cases) {
    const { message } = assertThrows(() => settingsWith(variables), RangeError, says);
    assert(!message.includes("secret"));
  }
});
