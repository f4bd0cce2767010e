"""The PyTorch side of the comparison: a server that the `bench` command compares Seglab against.

Seglab itself needs no Python. Needed here: torch and safetensors; transformers for SegFormer.

One JSON object per line comes in on stdin, one goes out on stdout:
  {"op": "version"}
  {"op": "prepare", "id": "a", ...}         the other keys are the fields of `Settings`
  {"op": "run", "id": "a", "repeat": 3}     -> {"id", "ms": [...], "checksum" or "loss", ...}
  {"op": "save", "id": "a", "path": "…"}    the logits, as a safetensors file
  {"op": "quit"}
The first run of a prepared case is a warm-up: with "compile" it contains the compilation.
A failed command is answered with {"id", "error"}, and the server goes on.
"""

import json
import platform
import re
import resource
import sys
import time
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch_segmenter import Encoder, LinearDecoder, MaskDecoder, Segmenter

IGNORE = 255

ENCODERS = {  # name: (width, heads, layers)
    "T": (192, 3, 12),
    "S": (384, 6, 12),
    "B": (768, 12, 12),
    "L": (1024, 16, 24),
}

OPTIMIZERS = {
    "adamw": lambda parameters: torch.optim.AdamW(
        parameters, lr=2e-4, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01
    ),
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=1e-3, momentum=0.9, nesterov=True),
}


# The cases that are measured.


@dataclass
class Settings:
    """What to measure."""

    variant: str  # as in lib/families/registry.ts: Seg-T-Mask/16, SegFormer-B0
    size: int = 512
    batch: int = 1
    classes: int = 150
    mode: str = "inference"  # or "train"
    compile: bool = False
    threads: int = 2
    weights: str = ""  # a safetensors file with official names; SegFormer: a Hugging Face folder
    optimizer: str = "adamw"
    drop_path: float = 0.0
    device: str = "cpu"  # or "cuda"


CHOICES = {
    "mode": ["inference", "train"],
    "optimizer": list(OPTIMIZERS),
}


def build(settings):
    """The network of a case with the weights of its file."""
    if settings.variant.startswith("SegFormer"):
        return HubSegformer(settings.weights)
    if settings.variant.startswith("EoMT"):
        return HubEomt(settings.weights)
    parts = re.fullmatch(r"Seg-([TSBL])(-Mask)?/(\d+)", settings.variant)
    if not parts:
        raise ValueError(f"Cannot prepare: SegFormer or a Segmenter needed, got {settings.variant!r}")
    size, mask, patch = parts.groups()
    width, heads, layers = ENCODERS[size]
    encoder = Encoder(settings.size, int(patch), width, heads, layers, settings.drop_path)
    if mask:
        decoder = MaskDecoder(width, settings.classes, width // 64, layers=2)
    else:
        decoder = LinearDecoder(width, settings.classes)
    network = Segmenter(encoder, decoder)
    network.load_state_dict(load_file(settings.weights))
    return network


class HubSegformer(torch.nn.Module):
    """SegFormer as transformers has it, with logits at the size of the images."""

    def __init__(self, folder):
        super().__init__()
        from transformers import SegformerForSemanticSegmentation

        self.model = SegformerForSemanticSegmentation.from_pretrained(folder)
        # The first call installs hooks under a lock, which torch.compile cannot trace.
        with torch.inference_mode():
            self.model(pixel_values=torch.zeros(1, 3, 64, 64))

    def forward(self, images):
        logits = self.model(pixel_values=images).logits
        return F.interpolate(logits, size=images.shape[-2:], mode="bilinear", align_corners=False)


class HubEomt(torch.nn.Module):
    """EoMT as transformers has it: the logits of its masks."""

    def __init__(self, folder):
        super().__init__()
        from transformers import EomtForUniversalSegmentation

        self.model = EomtForUniversalSegmentation.from_pretrained(folder)
        side = self.model.config.image_size
        with torch.inference_mode():
            self.model(pixel_values=torch.zeros(1, 3, side, side))

    def forward(self, images):
        return self.model(pixel_values=images).masks_queries_logits


def inputs(batch, size, classes):
    """Images [b, 3, size, size] and labels [b, size, size]; bench uses the same formulas."""
    i = torch.arange(batch * 3 * size * size, dtype=torch.float64)
    images = ((i * 7919 + 13) % 1000 / 500 - 1).float()
    i = torch.arange(batch * size * size)
    labels = i // 37 % classes
    return images.reshape(batch, 3, size, size), labels.reshape(batch, size, size)


def compiled(function, whole):
    """The function for fixed shapes, as one graph if whole; an error instead of a silent eager fallback."""
    torch._dynamo.config.recompile_limit = 64  # counted per code object, and all cases share it
    torch._dynamo.config.fail_on_recompile_limit_hit = True
    return torch.compile(function, fullgraph=whole, dynamic=False)


def mean_magnitude(logits):
    """Mean |logit|, added up in float64 plane by plane: whole copies would set the peak memory."""
    planes = logits.flatten(0, 1)
    return sum(plane.double().abs().sum().item() for plane in planes) / logits.numel()


class Case:
    """A prepared network with its inputs; `step` is what the clock runs around."""

    def __init__(self, settings):
        for key, allowed in CHOICES.items():
            got = getattr(settings, key)
            if got not in allowed:
                raise ValueError(f"Cannot prepare: {key} must be one of {allowed}, got {got!r}")
        self.threads = settings.threads
        if settings.device != "cpu" and not torch.cuda.is_available():
            raise ValueError("Cannot prepare: a CUDA device needed, got a torch that finds none")
        self.device = settings.device
        self.network = build(settings).to(self.device)
        images, labels = inputs(settings.batch, settings.size, settings.classes)
        self.images, self.labels = images.to(self.device), labels.to(self.device)
        self.training = settings.mode == "train"
        self.forward = self.loss if self.training else self.logits
        if settings.compile:
            # Each block of transformers' EoMT asks a tensor whether to mask: compiled in parts between.
            self.forward = compiled(self.forward, whole=not isinstance(self.network, HubEomt))
        self.network.train(self.training)
        self.optimizer = OPTIMIZERS[settings.optimizer](self.network.parameters())

    def logits(self):
        return self.network(self.images)

    def loss(self):
        return F.cross_entropy(self.network(self.images), self.labels, ignore_index=IGNORE)

    def step(self):
        if not self.training:
            with torch.inference_mode():
                return self.forward()
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.forward()
        loss.backward()
        self.optimizer.step()
        return loss

    def run(self, repeat):
        torch.set_num_threads(self.threads)
        ms = []
        for _ in range(repeat):
            result = None  # frees the previous logits, which would count as memory of this step
            start = time.perf_counter()
            result = self.step()
            if self.device != "cpu":  # Seglab's clock stops when its loss or logits have arrived
                result = result.cpu()
            ms.append((time.perf_counter() - start) * 1000)
        if self.training:
            return {"ms": ms, "loss": result.item()}
        return {"ms": ms, "checksum": mean_magnitude(result)}


# The server.


def peak_rss_mb():
    """The largest resident memory of this process so far.

    getrusage is only second best: on Linux its value starts at that of the process that spawned
    this one, so a large parent hides what happens here.
    """
    try:
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    except (OSError, StopIteration):
        unit = 1024**2 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def version():
    return {
        "torch": torch.__version__,
        "python": platform.python_version(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "mkldnn": torch.backends.mkldnn.is_available(),
        "threads": torch.get_num_threads(),
    }


def answer(cases, name, message):
    """The reply to a command about the case `name`; "prepare" adds it to `cases`."""
    operation = message.pop("op", None)
    if operation == "version":
        return version()
    if operation == "prepare":
        case = Case(Settings(**message))
        cases[name] = case
        return {"parameters": sum(p.numel() for p in case.network.parameters())}
    if operation == "run":
        if name not in cases:
            raise ValueError(f"Cannot run: the id must be prepared first, got {name!r}")
        return cases[name].run(message.get("repeat", 1))
    if operation == "save":
        with torch.inference_mode():
            save_file({"logits": cases[name].logits().cpu().contiguous()}, message["path"])
        return {}
    raise ValueError(f"Cannot answer: op must be version, prepare, run, save, quit, got {operation!r}")


def main():
    replies, sys.stdout = sys.stdout, sys.stderr  # nothing but replies may reach stdout
    cases = {}
    for line in filter(str.strip, sys.stdin):
        name = None
        try:
            message = json.loads(line)
            name = message.pop("id", None)
            if message.get("op") == "quit":
                return
            reply = answer(cases, name, message)
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        reply = {"id": name, **reply, "peak_rss_mb": peak_rss_mb()}
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main()
