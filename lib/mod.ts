/**
 * Transformer semantic segmentation: open a published network or train one, see what it makes of
 * pictures, evaluate it, export it; and the graph, the layers and the analyses that this is made of.
 *
 * What is not here is imported by its path, as `seglab/graph/ops/math`.
 *
 * @module
 */

// Networks: opened or trained, used, saved.
export { type OpenedModel, openModel } from "./models/open.ts";
export { trainModel, type TrainOptions } from "./runs/train_model.ts";
export { segment } from "./segment/segment.ts";
export { evaluateModel } from "./scoring/evaluate_model.ts";
export { writeModel } from "./models/model_file.ts";
export { exportModel } from "./models/onnx_file.ts";

// Data sets.
export { arrayDataset } from "./sets/arrays.ts";
export { scenes } from "./scenes/scenes.ts";
export { decodeImage } from "./data/image.ts";
export { IGNORE } from "./images/image.ts";

// The graph, its gradient, and what runs it.
export { constant, input, scalar, Tensor } from "./graph/tensor.ts";
export { add, gelu, mul, relu, sub } from "./graph/ops/math.ts";
export { matmul } from "./graph/ops/matmul.ts";
export { softmax } from "./graph/ops/normalize.ts";
export { reshape, transpose } from "./graph/ops/structure.ts";
export { gradients } from "./graph/gradients.ts";
export { printGraph } from "./graph/print.ts";
export { Program, value } from "./runtime/session.ts";

// Layers of networks.
export { parameterCount, Scope } from "./nn/scope.ts";
export { initialize } from "./nn/init.ts";
export { block, layerNorm, linear } from "./nn/layers.ts";
export { conv } from "./nn/convolution.ts";
export { crossEntropy } from "./nn/losses.ts";
export { pixelModel } from "./nn/model.ts";

// Analyses.
export { attentionMap, spotlight } from "./analysis/attention.ts";
export { multiplyAdds } from "./analysis/multiply_adds.ts";
export { classPlane, cosineSimilarities } from "./analysis/class_embeddings.ts";
