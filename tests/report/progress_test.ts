import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Progress } from "../../lib/progress.ts";
import { type DisplayOptions, progressDisplay } from "../../lib/report/progress.ts";

/** A display on a list of texts, and the list. */
function displayed(options: DisplayOptions = {}) {
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text) };
  return { written, display: progressDisplay({ output, clock: () => 0, ...options }) };
}

/** A display on a terminal, and all that it wrote. */
function onTerminal() {
  const output = {
    isTTY: true,
    columns: 120,
    text: "",
    write(text: string) {
      this.text += text;
    },
  };
  return { output, display: progressDisplay({ output }) };
}

/** Images of a validation set. */
const val = (done: number, total = 1000): Progress => ({
  title: "val",
  done,
  total,
  unit: "image",
});

Deno.test("progressDisplay() writes a line every 30 seconds and the last one where there is no terminal", () => {
  let seconds = 0;
  const { written, display } = displayed({ clock: () => 1000 * seconds });
  for (let done = 20; done <= 100; done++, seconds++) {
    const values = done === 20 ? {} : { loss: 1.834, lr: 0.00019 };
    display.show({ title: "mask-16", done, total: 100, unit: "step", images: 8, values });
  }
  display.stop();
  display.stop();
  assertEquals(written, [
    "mask-16 50/100 · loss 1.83 · lr 1.9e-4 · 8.00 images/s · 50 s left\n",
    "mask-16 80/100 · loss 1.83 · lr 1.9e-4 · 8.00 images/s · 20 s left\n",
    "mask-16 100/100 · loss 1.83 · lr 1.9e-4 · 8.00 images/s · 0 s left\n",
  ]);
});

Deno.test("progressDisplay() writes what was last when work stops early, and nothing when it only began", () => {
  const { written, display } = displayed();
  display.show(val(0));
  display.stop();
  assertEquals(written, []);
  display.show(val(0));
  display.show(val(1));
  display.stop();
  assertEquals(written, ["val 1/1000\n"]);
});

Deno.test("progressDisplay() counts the speed of each piece of work from where that began", () => {
  let seconds = 0;
  const { written, display } = displayed({ clock: () => 1000 * seconds });
  for (const perImage of [1, 4]) {
    for (let done = 0; done <= 2; done++, seconds += perImage) display.show(val(done, 2));
  }
  assertEquals(written, [
    "val 2/2 · 1.00 images/s · 0 s left\n",
    "val 2/2 · 0.250 images/s · 0 s left\n",
  ]);
});

Deno.test("say() writes a line of its own beside the display's", () => {
  const { written, display } = displayed();
  display.say("a warning");
  display.show(val(2, 2));
  assertEquals(written, ["a warning\n", "val 2/2\n"]);
  const terminal = onTerminal();
  terminal.display.say("before");
  terminal.display.show(val(1));
  terminal.display.say("a warning");
  terminal.display.stop();
  assertEquals(terminal.output.text.startsWith("before\n"), true);
  assertStringIncludes(terminal.output.text, "\na warning\n");
});

/** Bytes of a download of 100 MB, 45 of which were there before. */
function download(fetched: number): Progress {
  const [before, total] = [45e6, 100e6];
  return { title: "model.safetensors", done: before + fetched, total, before, unit: "byte" };
}

Deno.test("progressDisplay() writes amount, speed and time left of bytes every few seconds", () => {
  let seconds = 0;
  const { written, display } = displayed({ interval: 4, clock: () => 1000 * seconds });
  for (; seconds <= 10; seconds++) display.show(download(5e6 * (seconds + 1)));
  display.stop();
  display.stop();
  assertEquals(written, [
    "model.safetensors · 70 MB of 100 MB · 5 MB/s · 6 s left\n",
    "model.safetensors · 90 MB of 100 MB · 5 MB/s · 2 s left\n",
    "model.safetensors · 100 MB of 100 MB · 5 MB/s · 0 s left\n",
  ]);
});

Deno.test("progressDisplay() draws a bar on a terminal", () => {
  const { output, display } = onTerminal();
  display.show({ title: "a.bin", done: 50, total: 100, before: 40, unit: "byte" });
  display.stop();
  assertStringIncludes(output.text, "a.bin ██████████░░░░░░░░░░ 50 bytes of 100 bytes");
});

Deno.test("progressDisplay() is silent while all that is done was there before", () => {
  const { written, display } = displayed();
  display.show(download(0));
  display.show({ ...download(0), done: 100e6, before: 100e6 });
  display.stop();
  assertEquals(written, []);
});
