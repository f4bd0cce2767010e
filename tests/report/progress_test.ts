import { assert, assertEquals } from "@std/assert";
import { progress } from "../../lib/report/progress.ts";

Deno.test("progress() writes a line every 30 seconds and the last one where there is no terminal", () => {
  const written: string[] = [];
  let seconds = 0;
  const output = { write: (text: string) => written.push(text) };
  const clock = () => 1000 * seconds;
  const display = progress({ title: "mask-16", total: 100, done: 20, images: 8, output, clock });
  for (let step = 21; step <= 100; step++) {
    seconds += 1;
    display.update(step, { loss: 1.834, lr: 0.00019 });
  }
  display.stop();
  display.stop();
  assertEquals(written, [
    "mask-16 50/100 · loss 1.83 · lr 1.9e-4 · 8.00 images/s · 50 s left\n",
    "mask-16 80/100 · loss 1.83 · lr 1.9e-4 · 8.00 images/s · 20 s left\n",
    "mask-16 100/100 · loss 1.83 · lr 1.9e-4 · 8.00 images/s · 0 s left\n",
  ]);
});

Deno.test("progress() writes what was last when it stops early", () => {
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text) };
  const display = progress({ title: "val", total: 1000, images: 1, output, clock: () => 0 });
  display.update(1);
  display.stop();
  assertEquals(written.length, 1);
  assert(written[0]!.startsWith("val 1/1000 · "));
});

Deno.test("say() writes a line of its own beside the display's", () => {
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text) };
  const display = progress({ title: "val", total: 2, images: 1, output, clock: () => 0 });
  display.say("a warning");
  display.update(2);
  display.stop();
  assertEquals(written[0], "a warning\n");
  assertEquals(written.length, 2);
});
