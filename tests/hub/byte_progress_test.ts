import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { byteProgress } from "../../lib/hub/byte_progress.ts";
import { byteSize } from "../../lib/hub/byte_size.ts";

Deno.test("byteSize() has three digits and the unit that fits", () => {
  const sizes = [0, 1, 999, 1000, 6940, 15_123_456, 1.3e9, 5e15];
  const texts = ["0 bytes", "1 bytes", "999 bytes", "1 kB", "6.94 kB", "15.1 MB", "1.3 GB"];
  assertEquals(sizes.map(byteSize), [...texts, "5000 TB"]);
});

/** Ten seconds of a download of 100 MB, 45 of which were there before, 5 MB a second. */
function download(isTTY: boolean): string[] {
  const written: string[] = [];
  let seconds = 0;
  const display = byteProgress({
    output: { isTTY, write: (text: string) => written.push(text) },
    interval: 4,
    clock: () => 1000 * seconds,
  });
  for (; seconds <= 10; seconds++) {
    const fetched = 5e6 * (seconds + 1);
    display.update({ name: "model.safetensors", done: 45e6 + fetched, total: 100e6, fetched });
  }
  display.stop();
  display.stop();
  return written;
}

Deno.test("byteProgress() writes a line every few seconds where there is no terminal", () => {
  assertEquals(download(false), [
    "model.safetensors · 70 MB of 100 MB · 5 MB/s · 6 s left\n",
    "model.safetensors · 90 MB of 100 MB · 5 MB/s · 2 s left\n",
    "model.safetensors · 100 MB of 100 MB · 5 MB/s · 0 s left\n",
  ]);
});

Deno.test("byteProgress() draws a bar on a terminal", () => {
  const output = {
    isTTY: true,
    columns: 120,
    text: "",
    write(text: string) {
      this.text += text;
    },
  };
  const display = byteProgress({ output });
  display.update({ name: "model.safetensors", done: 50, total: 100, fetched: 10 });
  display.stop();
  assertStringIncludes(output.text, "model.safetensors ██████████░░░░░░░░░░ 50 bytes of 100 bytes");
});

Deno.test("byteProgress() is silent while nothing comes over the network", () => {
  const written: string[] = [];
  const display = byteProgress({ output: { write: (text: string) => written.push(text) } });
  display.update({ name: "model.safetensors", done: 100, total: 100, fetched: 0 });
  display.stop();
  assert(written.length === 0);
});
