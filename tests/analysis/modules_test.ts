import { assertEquals } from "@std/assert";
import { modulesOf } from "../../lib/analysis/modules.ts";
import { add, gelu } from "../../lib/graph/ops/math.ts";
import { input, nodesOf, type Tensor } from "../../lib/graph/tensor.ts";
import { block, linear } from "../../lib/nn/layers.ts";
import { Scope } from "../../lib/nn/scope.ts";

/** The modules of a network's operations as rule names by path, in the graph's order. */
function modulesIn(network: (p: Scope) => Tensor): Record<string, string[]> {
  const { outputs, parameters } = Scope.build(false, network);
  const names = new Map([...parameters].map(([name, { tensor }]) => [tensor, name]));
  const found: Record<string, string[]> = {};
  for (const [node, path] of modulesOf(nodesOf([outputs]), names)) {
    if (node.rule.name !== "reshape") (found[path.join(".")] ??= []).push(node.rule.name);
  }
  return found;
}

Deno.test("modulesOf() finds the parts of transformer blocks", () => {
  const config = { heads: 2, eps: 1e-6, dropout: 0, dropPath: 0 };
  const found = modulesIn((p) => {
    const blocks = p.at("blocks");
    const x = block(blocks.at(0), linear(p.at("stem"), input("x", [1, 3, 4]), 8), config);
    return linear(p.at("head"), block(blocks.at(1), x, config), 2);
  });
  for (const i of [0, 1]) {
    const at = `blocks.${i}`;
    assertEquals(found[at], ["add", "add"]); // both residual sums
    assertEquals(found[`${at}.mlp`], ["gelu"]);
    // Between qkv and proj: heads apart, scores, softmax, mixing, heads together.
    const attention = found[`${at}.attn`]!;
    assertEquals(attention.filter((name) => ["matmul", "softmax", "split"].includes(name)), [
      "split",
      "matmul",
      "softmax",
      "matmul",
    ]);
    for (const name of ["attn.qkv", "attn.proj", "mlp.fc1", "mlp.fc2"]) {
      assertEquals(found[`${at}.${name}`]?.length, 1, name); // its product
    }
  }
  assertEquals(found["blocks"], undefined);
});

Deno.test("modulesOf() gives to the network what lies between an encoder and a decoder", () => {
  const found = modulesIn((p) => {
    const x = linear(p.at("encoder").at("last"), input("x", [2, 4]), 4);
    return linear(p.at("decoder").at("first"), gelu(x), 4);
  });
  assertEquals(found[""], ["gelu"]);
});

Deno.test("modulesOf() gives an operation with parameters of two modules to the one around them", () => {
  const found = modulesIn((p) => {
    const head = p.at("head");
    const weight = (name: string) =>
      head.at(name).param("weight", [4, 4], () => new Float32Array());
    const prepared = add(weight("a"), weight("b")); // made of weights alone
    return add(input("x", [4, 4]), prepared);
  });
  assertEquals(found, { head: ["add", "add"] });
});
