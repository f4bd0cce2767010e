import { assert } from "@std/assert";
import * as ort from "onnxruntime-node";
import { copying, inPlace, landingOn } from "../../lib/runtime/landing.ts";
import { encodeOnnx } from "../../lib/onnx/bytes.ts";
import type { OnnxModel } from "../../lib/onnx/model.ts";

const open = (model: OnnxModel) => ort.InferenceSession.create(encodeOnnx(model));

Deno.test("landingOn() finds that this version of the runtime writes in place", async () => {
  assert(await landingOn(open) === inPlace);
});

Deno.test("landingOn() copies when the runtime does not stop where it is relied upon", async () => {
  // A model without its first output runs to its end, as that of a version that converts sequences.
  const whole = ({ outputs, ...rest }: OnnxModel) => open({ ...rest, outputs: outputs.slice(1) });
  assert(await landingOn(whole) === copying);
});

Deno.test("landingOn() copies when the runtime does not open what it is relied upon for", async () => {
  const incomplete = (model: OnnxModel) => open({ ...model, nodes: [] });
  assert(await landingOn(incomplete) === copying);
});
