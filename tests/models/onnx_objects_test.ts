/** What the ONNX file of a network that tells objects apart gives. */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { modelOf } from "../../lib/families/family.ts";
import { input } from "../../lib/graph/tensor.ts";
import { exportModel } from "../../lib/models/onnx_file.ts";
import { Scope } from "../../lib/nn/scope.ts";
import { Program } from "../../lib/runtime/program.ts";
import { value } from "../../lib/runtime/value.ts";
import { withFolder } from "../data/fixtures.ts";
import { randomArray } from "../random_array.ts";
import { objectKey, objectModel } from "../segment/object_model.ts";

const { shape, data } = randomArray("images", [2, 3, 64, 64]);

async function runFile(path: string, batch: number) {
  const session = await ort.InferenceSession.create(path, { logSeverityLevel: 3 });
  const images = new ort.Tensor("float32", data.slice(0, batch * 3 * 64 * 64), [batch, 3, 64, 64]);
  const outputs = await session.run({ images });
  await session.release();
  return outputs;
}

Deno.test("exportModel() gives the queries' classes and masks of a panoptic network", () =>
  withFolder(async (dir) => {
    const opened = objectModel("panoptic");
    const model = modelOf(opened.architecture);
    const { outputs: { classes, masks } } = Scope.build(
      false,
      (p) => model.queries!(model.build(p, input("images", [...shape]))),
    );
    const program = await Program.compile({ classes, masks }, {
      provider: "cpu",
      threads: 1,
      weights: opened.weights,
    });
    const own = await program.run({ images: value(data, shape) });
    await program.release();
    for (const [dynamicBatch, batch] of [[false, 1], [true, 2]] as const) {
      const path = join(dir, "model.onnx");
      await exportModel(opened, path, { dynamicBatch });
      const found = await runFile(path, batch);
      assertEquals(Object.keys(found), ["logits", "classes", "masks"]);
      assertEquals([...found["logits"]!.dims], [batch, 3, 64, 64]);
      for (const name of ["classes", "masks"] as const) {
        const { dims, data: values } = found[name]!;
        assertEquals([...dims], [batch, ...own[name]!.shape.slice(1)]);
        const expected = own[name]!.data as Float32Array;
        const most = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        const far = (values as Float32Array).reduce(
          (far, x, i) => Math.max(far, Math.abs(x - expected[i]!)),
          0,
        );
        assert(far < 1e-5 * most, `${name}: ${far} of ${most}`);
      }
      const { objects, output } = JSON.parse(await Deno.readTextFile(`${path}.json`));
      assertEquals(output.name, "logits");
      assertEquals(objects.things, objectKey.things);
      assertEquals(objects.classes.shape.slice(1), [12, 4]);
      assertEquals(objects.masks.shape.slice(1), [12, 16, 16]);
    }
  }));

Deno.test("exportModel() gives the scores of pixels alone when classes are a network's task", () =>
  withFolder(async (dir) => {
    const path = join(dir, "model.onnx");
    await exportModel(objectModel("semantic"), path, { argmax: true });
    const found = await runFile(path, 1);
    assertEquals(Object.keys(found), ["labels"]);
    assert(!("objects" in JSON.parse(await Deno.readTextFile(`${path}.json`))));
  }));
