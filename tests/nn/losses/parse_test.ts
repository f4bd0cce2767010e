import { assertEquals, assertThrows } from "@std/assert";
import { parseLoss } from "../../../lib/nn/losses/parse.ts";

const parts = (text: string) => parseLoss(text).map(({ kind, weight }) => [kind, weight]);

Deno.test("parseLoss() reads sums with weights and parameters", () => {
  assertEquals(parts("ce"), [["ce", 1]]);
  assertEquals(parts("ce + 0.5 * dice"), [["ce", 1], ["dice", 0.5]]);
  assertEquals(parts(".5*ce+2*tversky(alpha=1e+0, beta=.7)+ohem(threshold=none)"), [
    ["ce", 0.5],
    ["tversky", 2],
    ["ohem", 1],
  ]);
});

const wrong: Readonly<Record<string, string>> = {
  "":
    'Cannot take the loss "": one of ce, dice(smooth, log), squared-dice(smooth), jaccard(smooth, log), tversky(alpha',
  "ce+": 'or a sum such as ce+0.5*dice, needed, got ""',
  "ce+dise": 'needed, got "dise"',
  "ce+0*dice": "weights above 0 needed, got 0",
  "ce-dice": 'got "ce-dice"',
  "toString": 'got "toString"',
  "dice(beta=2)": "of dice smooth, log needed, got",
  "ce(smooth=1)": "of ce no parameters needed, got",
  "tversky(alpha)": 'parameters such as tversky(name=value) needed, got "alpha"',
  "tversky(alpha=-1)": "Too small",
  "tversky(alpha=x)": "of tversky alpha, beta, gamma, smooth, log needed, got",
  "ohem(share=2)": "Too big",
};
for (const [text, message] of Object.entries(wrong)) {
  Deno.test(`parseLoss() says what is possible when it is "${text}"`, () => {
    assertThrows(() => parseLoss(text), Error, message);
  });
}
