import { assertEquals } from "@std/assert";
import { resnet } from "../../../lib/families/encoders/resnet.ts";
import { input } from "../../../lib/graph/tensor.ts";
import { parameterCount, Scope } from "../../../lib/nn/scope.ts";

// num_params in torchvision's documentation, less the 1000-way `fc` on 512 or 2048 channels.
const sizes = {
  18: 11_689_512 - 513_000,
  50: 25_557_032 - 2_049_000,
  101: 44_549_160 - 2_049_000,
} as const;

for (const depth of [18, 50, 101] as const) {
  Deno.test(`resnet() has torchvision's number of parameters when its depth is ${depth}`, () => {
    const images = input("images", [1, 3, 64, 64]);
    const { parameters } = Scope.build(false, (p) => resnet(p, images, depth, 32));
    assertEquals(parameterCount(parameters), sizes[depth]);
  });
}

Deno.test("resnet() keeps an eighth of the sides when its last two stages are dilated", () => {
  const images = input("images", [1, 3, 65, 128]);
  const shapes = (stride: 8 | 32) =>
    Scope.build(false, (p) => resnet(p, images, 18, stride)).outputs.map(({ shape }) => shape);
  assertEquals(shapes(32), [[1, 64, 17, 32], [1, 128, 9, 16], [1, 256, 5, 8], [1, 512, 3, 4]]);
  assertEquals(shapes(8), [[1, 64, 17, 32], [1, 128, 9, 16], [1, 256, 9, 16], [1, 512, 9, 16]]);
});

Deno.test("resnet() has torchvision's names and shapes", () => {
  const images = input("images", [1, 3, 64, 64]);
  const { parameters } = Scope.build(false, (p) => resnet(p, images, 50, 32));
  const shapes = Object.fromEntries(
    [...parameters].filter(([name]) => /^(conv1|bn1|layer2\.0)\..*(weight|var)$/.test(name))
      .map(([name, { tensor }]) => [name, tensor.shape]),
  );
  assertEquals(shapes, {
    "conv1.weight": [64, 3, 7, 7],
    "bn1.weight": [64],
    "bn1.running_var": [64],
    "layer2.0.conv1.weight": [128, 256, 1, 1],
    "layer2.0.bn1.weight": [128],
    "layer2.0.bn1.running_var": [128],
    "layer2.0.conv2.weight": [128, 128, 3, 3],
    "layer2.0.bn2.weight": [128],
    "layer2.0.bn2.running_var": [128],
    "layer2.0.conv3.weight": [512, 128, 1, 1],
    "layer2.0.bn3.weight": [512],
    "layer2.0.bn3.running_var": [512],
    "layer2.0.downsample.0.weight": [512, 256, 1, 1],
    "layer2.0.downsample.1.weight": [512],
    "layer2.0.downsample.1.running_var": [512],
  });
});
