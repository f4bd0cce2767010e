/**
 * Transformer semantic segmentation in a browser: open a network that Seglab trained, go on training it on
 * pictures of your own, see what it makes of others, and save it for Deno and Node. ONNX Runtime computes, by
 * WebAssembly or, where `chosenDevice` finds it right, by WebGPU; its files (`webRuntimeFiles`) lie in
 * the folder onnxruntime/ beside the script that has this module. Call it in a worker: a step of training
 * takes its thread.
 *
 * @module
 */

// Networks: opened, trained on, used, saved.
export { modelBytes, openModel } from "./web/web_model.ts";
export { trainModel } from "./web/train_model.ts";
export { segment } from "./web/segment.ts";

// What they learn from.
export { arrayDataset } from "./sets/arrays.ts";
export { scenes } from "./scenes/scenes.ts";
export { IGNORE } from "./images/image.ts";

// What computes.
export { chosenDevice } from "./runtime/device.ts";
export { availableThreads } from "./threads.ts";
export { webRuntimeFiles } from "./runtime/web.ts";

// What all these take and give.
export type { NDArray } from "./array.ts";
export type { LoadReport, Misshapen } from "./checkpoints/assign.ts";
export type { Dataset, Example, Split } from "./data/dataset.ts";
export type { Protocol, Resize, Sight, Windows } from "./families/protocol.ts";
export type { Normalization } from "./images/normalise.ts";
export type { Fit } from "./images/window.ts";
export type { Bands, ClassKey, Colour, Image, LabelMap, Raster, Size } from "./images/image.ts";
export type { Reading } from "./images/reading.ts";
export type { ProtocolChoice } from "./inference/chosen_protocol.ts";
export type { Prediction } from "./inference/predictor.ts";
export type { UseOptions } from "./inference/predictor_of.ts";
export type { TrainedModel } from "./models/description.ts";
export type { OpenedModel } from "./models/open.ts";
export type { TrainChoices } from "./runs/train_choices.ts";
export type { Learning } from "./runs/train_on.ts";
export type { ChosenDevice, Device } from "./runtime/device.ts";
export type { Provider } from "./runtime/platform.ts";
export type { ScenesConfig } from "./scenes/scenes.ts";
export type { ArrayExamples } from "./sets/arrays.ts";
export type { StepResult } from "./train/step.ts";
export type { StepReport } from "./train/train.ts";
export type { WebTrainOptions } from "./web/train_model.ts";
export type { WebModel } from "./web/web_model.ts";
