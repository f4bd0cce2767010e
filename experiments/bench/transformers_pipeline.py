"""transformers' image-segmentation pipeline, which the `bench` command compares `segment` against.

    transformers_pipeline.py MODEL PHOTOS THREADS

Needed here: torch, transformers and pillow, but no torchvision. A line with a number comes in on
stdin, how often to segment all photos of a folder; one JSON object goes out on stdout:
  {"ms": [milliseconds a photo, one for each time], "check": mean class, "peakMiB": 812.5}
"""

import json
import sys
import time
from pathlib import Path

import torch
from transformers import SegformerForSemanticSegmentation
from transformers import pipeline as pipeline_of

from torch_reference import peak_rss_mb


def image_processor(folder):
    """The processor that resizes with pillow, as it is named since transformers 5 and before.

    From 5 on the package's own name for it is a placeholder that asks for torchvision, which only
    label maps need.
    """
    try:
        from transformers.models.segformer.image_processing_pil_segformer import (
            SegformerImageProcessorPil as Processor,
        )
    except ImportError:
        from transformers import SegformerImageProcessor as Processor
    return Processor.from_pretrained(folder)


def class_sum(segments, ids):
    """The sum of the classes of all pixels, counted from 1, and the number of pixels."""
    counts = [(ids[segment["label"]] + 1, segment["mask"].histogram()[255]) for segment in segments]
    return sum(value * count for value, count in counts), sum(count for _, count in counts)


def main():
    replies, sys.stdout = sys.stdout, sys.stderr  # nothing but replies may reach stdout
    folder, photos, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    model = SegformerForSemanticSegmentation.from_pretrained(folder).eval()
    pipeline = pipeline_of(
        "image-segmentation", model=model, image_processor=image_processor(folder), device="cpu"
    )
    for line in filter(str.strip, sys.stdin):
        ms = []
        for _ in range(int(line)):
            start = time.perf_counter()
            files = sorted(str(path) for path in Path(photos).iterdir())
            results = [pipeline(file) for file in files]
            ms.append((time.perf_counter() - start) * 1000 / len(files))
        sums = [class_sum(result, model.config.label2id) for result in results]
        check = sum(value for value, _ in sums) / sum(pixels for _, pixels in sums)
        reply = {"ms": ms, "check": check, "peakMiB": peak_rss_mb()}
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main()
