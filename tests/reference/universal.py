"""Full-size networks of transformers with random weights, beside what Seglab makes of them.

    python tests/reference/universal.py make /tmp/universal [NAME ...]
    deno run -A tests/reference/universal.ts /tmp/universal
    python tests/reference/universal.py check /tmp/universal

`make` writes a folder of save_pretrained and expected.safetensors (an image and the answers) for each network;
universal.ts prints how far Seglab's answers are from them and writes back/ (EoMT and UPerNet: as Seglab publishes
them); `check` opens that with from_pretrained. Needs torch, transformers, safetensors.
"""
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import (
    Dinov2Config, Dinov2Model, Dinov2WithRegistersConfig, Dinov2WithRegistersModel,
    DINOv3ViTConfig, DINOv3ViTModel, EomtConfig, EomtDinov3Config,
    EomtDinov3ForUniversalSegmentation, EomtForUniversalSegmentation,
    SwinConfig, UperNetConfig, UperNetForSemanticSegmentation,
)

SIZES = {
    "S": dict(hidden_size=384, num_hidden_layers=12, num_attention_heads=6),
    "B": dict(hidden_size=768, num_hidden_layers=12, num_attention_heads=12),
    "L": dict(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16),
}
GIANT = dict(hidden_size=1536, num_hidden_layers=40, num_attention_heads=24, use_swiglu_ffn=True)
SWINS = {
    "T": dict(embed_dim=96, depths=[2, 2, 6, 2], num_heads=[3, 6, 12, 24], window_size=7),
    "S": dict(embed_dim=96, depths=[2, 2, 18, 2], num_heads=[3, 6, 12, 24], window_size=7),
    "B": dict(embed_dim=128, depths=[2, 2, 18, 2], num_heads=[4, 8, 16, 32], window_size=12),
    "L": dict(embed_dim=192, depths=[2, 2, 18, 2], num_heads=[6, 12, 24, 48], window_size=12),
}


def upernet(size):
    backbone = SwinConfig(**SWINS[size], out_features=["stage1", "stage2", "stage3", "stage4"])
    return UperNetForSemanticSegmentation(UperNetConfig(backbone_config=backbone, num_labels=150))


def hidden(size):
    return 4 * SIZES[size]["hidden_size"]


BUILDERS = {
    **{f"dinov2-{s}": lambda s=s: Dinov2Model(Dinov2Config(**SIZES[s], image_size=518, patch_size=14)) for s in SIZES},
    **{f"dinov2-reg-{s}": lambda s=s: Dinov2WithRegistersModel(
        Dinov2WithRegistersConfig(**SIZES[s], image_size=518, patch_size=14)) for s in SIZES},
    **{f"dinov3-{s}": lambda s=s: DINOv3ViTModel(DINOv3ViTConfig(
        **SIZES[s], intermediate_size=hidden(s), num_register_tokens=4)) for s in SIZES},
    **{f"eomt-{s}": lambda s=s: EomtForUniversalSegmentation(EomtConfig(
        **SIZES[s], num_blocks=4 if s == "L" else 3, num_labels=133)) for s in SIZES},
    **{f"eomt-dinov3-{s}": lambda s=s: EomtDinov3ForUniversalSegmentation(EomtDinov3Config(
        **SIZES[s], intermediate_size=hidden(s), num_blocks=4 if s == "L" else 3, num_labels=133)) for s in SIZES},
    "dinov2-g": lambda: Dinov2Model(Dinov2Config(**GIANT, image_size=518, patch_size=14)),
    "dinov2-reg-g": lambda: Dinov2WithRegistersModel(
        Dinov2WithRegistersConfig(**GIANT, image_size=518, patch_size=14)),
    "eomt-g": lambda: EomtForUniversalSegmentation(EomtConfig(**GIANT, num_blocks=5, num_labels=133)),
    **{f"upernet-{s}": lambda s=s: upernet(s) for s in SWINS},
}


def answers(model, images):
    with torch.no_grad():
        out = model(pixel_values=images)
    if hasattr(out, "masks_queries_logits"):
        return {"masks": out.masks_queries_logits, "classes": out.class_queries_logits}
    return {"logits": out.logits} if hasattr(out, "logits") else {"tokens": out.last_hidden_state}


def side_of(name):
    return 640 if name.startswith("eomt") else 448 if name.startswith("dinov2") else 512


def make(folder, names):
    for name in names or BUILDERS:
        torch.manual_seed(1)
        model = BUILDERS[name]().eval()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.02 * torch.randn_like(parameter))
        if hasattr(model, "attn_mask_probs"):
            model.attn_mask_probs.zero_()
        images = torch.randn(1, 3, side_of(name), side_of(name))
        out = pathlib.Path(folder) / name
        model.save_pretrained(out)
        found = {key: value.contiguous().float() for key, value in answers(model, images).items()}
        save_file({"images": images, **found}, str(out / "expected.safetensors"))
        print(name, sum(p.numel() for p in model.parameters()))


def check(folder):
    for back in sorted(pathlib.Path(folder).glob("*/back")):
        expected = load_file(str(back / "expected.safetensors"))
        name = back.parent.name
        kind = (
            UperNetForSemanticSegmentation if name.startswith("upernet")
            else EomtDinov3ForUniversalSegmentation if "dinov3" in name else EomtForUniversalSegmentation
        )
        model, report = kind.from_pretrained(back, output_loading_info=True)
        model.eval()
        print(f"{name} back in transformers:", {key: list(names) for key, names in report.items() if names})
        found = answers(model, expected["images"])
        for key, value in found.items():
            difference = (value - expected[key]).abs().max() / expected[key].abs().max()
            print(f"{back.parent.name} back in transformers, {key}: {difference:.1e} of the largest")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], sys.argv[3:])
    else:
        check(sys.argv[2])
