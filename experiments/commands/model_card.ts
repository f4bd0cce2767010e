import type { OpenedModel } from "../../lib/models/open.ts";
import { protocolWords } from "../../lib/inference/chosen_protocol.ts";
import { markdownTable } from "../../lib/report/table.ts";
import type { Config, Summary } from "../../lib/runs/run_files.ts";

/** What a model card is about. */
export interface CardFacts {
  /** The repository: USER/NAME. */
  readonly id: string;
  readonly model: OpenedModel;
  readonly config: Config;
  readonly summary: Summary;
  /** Whether the files are as transformers reads them. */
  readonly transformers: boolean;
}

/** The README.md of a model's repository on the hub: data, classes, scores, and how to use it. */
export function modelCard(facts: CardFacts): string {
  const { id, model, config, summary } = facts;
  const { final, perClass, parameters, steps } = summary;
  const percent = (share: number | null) => share === null ? null : (100 * share).toFixed(2);
  const rows = model.classes.map((name, index) => ({
    index,
    class: name,
    colour: `rgb(${model.palette[index]!.join(", ")})`,
    "IoU (%)": percent(perClass[name] ?? null),
  }));
  return `---
library_name: ${facts.transformers ? "transformers" : "onnx"}
pipeline_tag: image-segmentation
tags:
- semantic-segmentation
- seglab
---

# ${id.split("/")[1]}

${model.kind}: ${
    (parameters / 1e6).toFixed(2)
  } M parameters, trained with Seglab for ${steps} steps of
${config.batch} crops of ${config.crop}² on ${config.data}${
    config.pretrained ? ", from pretrained weights" : ", from random weights"
  }.

Validation: mIoU ${percent(final?.mIoU ?? null)} %, pixel accuracy ${
    percent(final?.pixelAccuracy ?? null)
  } %, mean accuracy ${percent(final?.meanAccuracy ?? null)} %
(${protocolWords(model.protocol)}).

${markdownTable(rows)}
Neither the licence of the weights nor that of the data is stated here; whoever publishes this model
should add both.

## Python

\`\`\`python
${facts.transformers ? inTransformers(id) : inPython(id)}
\`\`\`

## Deno

\`\`\`sh
deno task download ${id}
deno task segment photo.jpg --model ${id}
\`\`\`

## Browser and Node.js

\`model.onnx\` runs in onnxruntime-web and onnxruntime-node; \`model.onnx.json\` says classes, colours, mean
and std, and how photos reach it. The README of Seglab has the lines that use both.
`;
}

function inTransformers(id: string): string {
  return `from PIL import Image
from transformers import AutoImageProcessor, SegformerForSemanticSegmentation

processor = AutoImageProcessor.from_pretrained("${id}")
model = SegformerForSemanticSegmentation.from_pretrained("${id}")
photo = Image.open("photo.jpg").convert("RGB")
outputs = model(**processor(photo, return_tensors="pt"))
labels = processor.post_process_semantic_segmentation(outputs, [photo.size[::-1]])[0]`;
}

function inPython(id: string): string {
  return `import json, numpy as np, onnxruntime
from huggingface_hub import hf_hub_download
from PIL import Image

session = onnxruntime.InferenceSession(hf_hub_download("${id}", "model.onnx"))
about = json.load(open(hf_hub_download("${id}", "model.onnx.json")))
height, width = about["window"]  # one window; larger photos are seen in several
photo = Image.open("photo.jpg").convert("RGB").crop((0, 0, width, height))
mean, std = about["normalization"]["mean"], about["normalization"]["std"]
images = ((np.asarray(photo, np.float32) - mean) / std).transpose(2, 0, 1)[None]
logits = session.run(None, {"images": images.astype(np.float32)})[0]
labels = logits.argmax(1)[0]  # indices into about["classes"]`;
}
