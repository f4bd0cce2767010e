import type { Encoder } from "./encoder.ts";
import { type NameMap, same } from "../../checkpoints/rule.ts";

/** torchvision's names of a ResNet without its head, below a path that ends with a dot. */
export function resnetNames(path: string): string[] {
  return [
    ...["conv1.weight", "bn1.{bn}"],
    ...["layer{s}.{i}.conv{j}.weight", "layer{s}.{i}.bn{j}.{bn}"],
    ...["layer{s}.{i}.downsample.0.weight", "layer{s}.{i}.downsample.1.{bn}"],
  ].map((name) => path + name);
}

/** torchvision's ResNet: Seglab's own names for a ResNet. */
export const torchvisionResnet: NameMap = {
  rules: resnetNames("").map(same),
  unused: ["fc.{p}"],
};

/** ResNets, trained on ImageNet. */
export const resnets: Encoder = {
  title: "a ResNet",
  checkpoints: [{
    title: "torchvision ResNet",
    names: torchvisionResnet,
    signs: ["conv1.weight", "layer1.{i}.conv1.weight"],
  }],
};
