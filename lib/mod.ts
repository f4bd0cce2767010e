/**
 * Transformer semantic segmentation: open a published network or train one, see what it makes of
 * pictures, evaluate it, export it; and the graph, the layers and the analyses that this is made of.
 *
 * What is not here is imported by its path, for example from `seglab/graph/ops/math`.
 *
 * @module
 */

// Networks: found, opened or trained, used, kept.
export { downloadCheckpoint } from "./hub/download.ts";
export { openModel } from "./models/open.ts";
export { openAdapter } from "./models/adapter.ts";
export { openDifferences } from "./models/differences.ts";
export { trainModel } from "./runs/train_model.ts";
export { segment } from "./segment/segment.ts";
export { evaluateModel } from "./runs/evaluate_model.ts";
export { writeModel } from "./models/model_file.ts";
export { exportModel } from "./models/onnx_file.ts";

// Data sets: published ones and your own files by name, arrays, made scenes.
export { namedData } from "./sets/named.ts";
export { arrayDataset } from "./sets/arrays.ts";
export { scenes } from "./scenes/scenes.ts";
export { IGNORE } from "./images/image.ts";

// The graph, its gradient, and what runs it.
export { input, scalar } from "./graph/tensor.ts";
export { add, gelu, mul } from "./graph/ops/math.ts";
export { matmul } from "./graph/ops/matmul.ts";
export { softmax } from "./graph/ops/normalize.ts";
export { reshape, transpose } from "./graph/ops/structure.ts";
export { gradients } from "./graph/gradients.ts";
export { printGraph } from "./graph/print.ts";
export { Program } from "./runtime/program.ts";
export { value } from "./runtime/value.ts";

// Layers, and networks of your own that are made of them.
export { parameterCount, Scope } from "./nn/scope.ts";
export { block, layerNorm, linear } from "./nn/layers.ts";
export { conv } from "./nn/convolution.ts";
export { crossEntropy } from "./nn/losses/cross_entropy.ts";
export { pixelModel } from "./nn/model.ts";

// Analyses.
export { attentionMap, spotlight } from "./analysis/attention.ts";
export { attentionMaps } from "./analysis/attention_maps.ts";
export { attentionDistance } from "./analysis/attention_distance.ts";
export { receptiveFields } from "./analysis/receptive_field.ts";
export { featureSimilarity } from "./analysis/feature_similarity.ts";
export { multiplyAdds } from "./analysis/multiply_adds.ts";
export { classPlane } from "./analysis/class_embeddings.ts";
export { classGeometry } from "./analysis/class_geometry.ts";
export { alignClasses } from "./analysis/class_alignment.ts";
export { costOf } from "./analysis/cost.ts";
export { modelDifference } from "./analysis/model_difference.ts";
export { uncertainty } from "./analysis/uncertainty.ts";

// What all these take and give.
export type { AttentionQuery } from "./analysis/attention.ts";
export type { Aligned, ClassAlignment } from "./analysis/class_alignment.ts";
export type { AttentionMaps, AttentionPicture, HeadMap } from "./analysis/attention_finding.ts";
export type { AttentionOptions } from "./analysis/attention_maps.ts";
export type { DistanceOptions } from "./analysis/attention_distance.ts";
export type { AttentionDistances, LayerDistances } from "./analysis/distance_finding.ts";
export type { SimilarityOptions } from "./analysis/feature_similarity.ts";
export type { Finding } from "./analysis/finding.ts";
export type { ReceptiveFieldOptions } from "./analysis/receptive_field.ts";
export type { Field, ModelFields, ReceptiveFields } from "./analysis/receptive_field_finding.ts";
export type { Fusion } from "./analysis/rollout.ts";
export type {
  FeatureSimilarities,
  SimilarityMap,
  SimilarityPicture,
} from "./analysis/similarity_finding.ts";
export type { LookingToken } from "./analysis/tokens.ts";
export type { LookOptions, Picture } from "./analysis/views.ts";
export type { ClassPlane } from "./analysis/class_embeddings.ts";
export type { ClassGeometry, ClassOptions, EmbeddedClasses } from "./analysis/class_geometry.ts";
export type { Cost, CostOptions, OperationCost } from "./analysis/cost.ts";
export type { CostTree } from "./analysis/cost_tree.ts";
export type { DifferenceOptions, ModelDifference } from "./analysis/model_difference.ts";
export type { UncertaintyOptions } from "./analysis/uncertainty.ts";
export type {
  UncertainPicture,
  Uncertainty,
  UncertaintyMaps,
} from "./analysis/uncertainty_finding.ts";
export type { NDArray } from "./array.ts";
export type { LoadReport, Misshapen } from "./checkpoints/assign.ts";
export type { Dataset, Example, Split } from "./data/dataset.ts";
export type { Task } from "./families/family.ts";
export type { Protocol, Resize, Sight, Windows } from "./families/protocol.ts";
export type { Conv2d } from "./graph/ops/conv.ts";
export type { Shape, Tensor } from "./graph/tensor.ts";
export type { Downloaded, DownloadOptions, DownloadProgress } from "./hub/download.ts";
export type { HubSettings } from "./hub/settings.ts";
export type { Resampling } from "./images/antialiased.ts";
export type { Instance } from "./images/instances.ts";
export type { MaskRuns } from "./images/mask_runs.ts";
export type { Objects, Segment } from "./images/objects.ts";
export type { PictureReading, Reading } from "./images/reading.ts";
export type { Normalization } from "./images/normalise.ts";
export type { Fit } from "./images/window.ts";
export type { Bands, ClassKey, Colour, Image, LabelMap, Raster, Size } from "./images/image.ts";
export type { ProtocolChoice } from "./inference/chosen_protocol.ts";
export type { UseOptions } from "./inference/predictor_of.ts";
export type { TrainedModel } from "./models/description.ts";
export type { OnnxFileOptions } from "./models/onnx_file.ts";
export type { OpenedModel } from "./models/open.ts";
export type { ConvConfig } from "./nn/convolution.ts";
export type { BlockConfig } from "./nn/layers.ts";
export type { CrossEntropyOptions } from "./nn/losses/cross_entropy.ts";
export type { LossOptions, PixelMean } from "./nn/losses/options.ts";
export type { Fed, Matching, Model, Objective, Queries, Truth, TruthObjects } from "./nn/model.ts";
export type { Declared, Init, Noise, Parameter } from "./nn/scope.ts";
export type { Scores } from "./nn/scores.ts";
export type { Lora, Tuning } from "./nn/tuning.ts";
export type { DType, TypedArray } from "./onnx/model.ts";
export type { Listener, OnProgress, Progress } from "./progress.ts";
export type { Random } from "./random.ts";
export type { Drawing, Photograph } from "./report/picture.ts";
export type { Row } from "./report/table.ts";
export type { FieldSides } from "./report/analysis_figures.ts";
export type { Point } from "./report/marked.ts";
export type { TrainChoices } from "./runs/train_choices.ts";
export type { TrainOptions } from "./runs/train_model.ts";
export type { Provider, SessionOptions } from "./runtime/platform.ts";
export type { CompileOptions, Precision } from "./runtime/program.ts";
export type { Value, Values } from "./runtime/value.ts";
export type { ScenesConfig } from "./scenes/scenes.ts";
export type { BoundaryScores } from "./scoring/boundary_iou.ts";
export type { CalibrationScores, ReliabilityBin } from "./scoring/calibration.ts";
export type { Metrics } from "./scoring/confusion.ts";
export type { EvaluateOptions, ImageReport, ModelScores } from "./runs/evaluate_model.ts";
export type { SizeGroup, SizeScores } from "./scoring/instance_size.ts";
export type { ObjectScores } from "./scoring/evaluate_objects.ts";
export type { MaskApScores } from "./scoring/mask_ap.ts";
export type {
  ClassQuality,
  MeanQuality,
  PanopticScores,
  Quality,
} from "./scoring/panoptic_quality.ts";
export type { SetScores } from "./scoring/score_sheet.ts";
export type { ObjectArea, ObjectSegmentation } from "./segment/object_segmentation.ts";
export type { SegmentOptions } from "./segment/segment.ts";
export type { ClassArea, Segmentation } from "./segment/segmentation.ts";
export type { ArrayExamples } from "./sets/arrays.ts";
export type { DataPlaces } from "./sets/named.ts";
export type { StepResult } from "./train/step.ts";
export type { StepReport } from "./train/train.ts";
