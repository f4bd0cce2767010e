/**
 * Transformer semantic segmentation: open a published network or train one, see what it makes of
 * pictures, evaluate it, export it; and the graph, the layers and the analyses that this is made of.
 *
 * What is not here is imported by its path, as `seglab/graph/ops/math`.
 *
 * @module
 */

// Networks: opened or trained, used, kept.
export { type OpenedModel, openModel } from "./models/open.ts";
export { trainModel, type TrainOptions } from "./runs/train_model.ts";
export { segment } from "./segment/segment.ts";
export { evaluateModel, type EvaluateOptions, type ImageReport } from "./scoring/evaluate_model.ts";
export { type TrainedModel, writeModel } from "./models/model_file.ts";
export { exportModel, type OnnxFileOptions } from "./models/onnx_file.ts";

// Data sets.
export { arrayDataset, type ArrayExamples } from "./sets/arrays.ts";
export { scenes, type ScenesConfig } from "./scenes/scenes.ts";
export { decodeImage } from "./data/image.ts";
export { IGNORE } from "./images/image.ts";

// The graph, its gradient, and what runs it.
export { constant, input, scalar, type Shape, Tensor } from "./graph/tensor.ts";
export { add, gelu, mul, relu, sub } from "./graph/ops/math.ts";
export { matmul } from "./graph/ops/matmul.ts";
export { softmax } from "./graph/ops/normalize.ts";
export { reshape, transpose } from "./graph/ops/structure.ts";
export { gradients } from "./graph/gradients.ts";
export { printGraph } from "./graph/print.ts";
export { type CompileOptions, Program, value, type Values } from "./runtime/session.ts";

// Layers of networks.
export { type Parameter, parameterCount, Scope } from "./nn/scope.ts";
export { type Init, initialize } from "./nn/init.ts";
export { block, type BlockConfig, layerNorm, linear } from "./nn/layers.ts";
export { conv, type ConvConfig } from "./nn/convolution.ts";
export { crossEntropy, type PixelMean } from "./nn/losses.ts";
export {
  type LossOptions,
  type Matching,
  type Model,
  type Objective,
  pixelModel,
} from "./nn/model.ts";
export type { Scores } from "./nn/scores.ts";

// Analyses.
export { attentionMap, type AttentionQuery, spotlight } from "./analysis/attention.ts";
export { multiplyAdds } from "./analysis/multiply_adds.ts";
export { type ClassPlane, classPlane, cosineSimilarities } from "./analysis/class_embeddings.ts";

// What these take and give.
export type { NDArray } from "./array.ts";
export type { Colour, Image, LabelMap } from "./images/image.ts";
export type { Dataset, Example, Split } from "./data/dataset.ts";
export type { Normalization } from "./data/augment.ts";
export type { Protocol } from "./families/protocol.ts";
export type { LoadReport } from "./checkpoints/assign.ts";
export type { UseOptions } from "./inference/predictor_of.ts";
export type { StepReport } from "./train/train.ts";
export type { ClassArea, Segmentation } from "./segment/segmentation.ts";
export type { SetScores } from "./scoring/score_sheet.ts";
export type { DType, TypedArray } from "./onnx/model.ts";
