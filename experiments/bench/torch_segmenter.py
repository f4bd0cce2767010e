"""Segmenter in plain PyTorch, with the parameter names of the official checkpoints.

Modules are registered in the order in which the official state dict lists them. Dropout is left
out: the comparison runs without it.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn


class Attention(nn.Module):
    """Multi-head self-attention over tokens [b, n, width]; rows of qkv: q | k | v, then heads."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        b, n, width = x.shape
        qkv = self.qkv(x).reshape(b, n, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        x = F.scaled_dot_product_attention(q, k, v)
        return self.proj(x.transpose(1, 2).reshape(b, n, width))


class FeedForward(nn.Module):
    """Two linear layers with the exact GELU between them."""

    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    """Pre-norm transformer block; in training a residual branch is dropped per sample."""

    def __init__(self, width, heads, drop_path=0.0):
        super().__init__()
        self.drop_path = drop_path
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)
        self.attn = Attention(width, heads)
        self.mlp = FeedForward(width)

    def forward(self, x):
        x = x + self.dropped(self.attn(self.norm1(x)))
        return x + self.dropped(self.mlp(self.norm2(x)))

    def dropped(self, branch):
        if not self.training or self.drop_path == 0:
            return branch
        keep = 1 - self.drop_path
        kept = torch.rand(branch.shape[0], 1, 1, device=branch.device) < keep
        return branch * kept / keep


class PatchEmbedding(nn.Module):
    """Images [b, 3, h, w] to tokens [b, h/patch * w/patch, width]."""

    def __init__(self, patch, width):
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, stride=patch)

    def forward(self, images):
        return self.proj(images).flatten(2).transpose(1, 2)


def resized_positions(positions, grid):
    """Position table [1, 1 + side², width], its square part resized to `grid` (rows, columns)."""
    cls, patches = positions[:, :1], positions[:, 1:]
    side = math.isqrt(patches.shape[1])
    square = patches.reshape(1, side, side, -1).permute(0, 3, 1, 2)
    square = F.interpolate(square, size=grid, mode="bilinear", align_corners=False)
    return torch.cat([cls, square.flatten(2).transpose(1, 2)], dim=1)


class Encoder(nn.Module):
    """Vision transformer: images [b, 3, h, w] to patch tokens [b, n, width]."""

    def __init__(self, size, patch, width, heads, layers, drop_path=0.0):
        super().__init__()
        self.patch = patch
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + (size // patch) ** 2, width))
        self.patch_embed = PatchEmbedding(patch, width)
        rates = torch.linspace(0, drop_path, layers).tolist()
        self.blocks = nn.ModuleList(Block(width, heads, rate) for rate in rates)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 1000)  # unused, but part of every published checkpoint

    def forward(self, images):
        x = self.patch_embed(images)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], dim=1)
        positions = self.pos_embed
        if positions.shape[1] != x.shape[1]:
            grid = (images.shape[2] // self.patch, images.shape[3] // self.patch)
            positions = resized_positions(positions, grid)
        x = x + positions
        for block in self.blocks:
            x = block(x)
        return self.norm(x)[:, 1:]


class LinearDecoder(nn.Module):
    """One linear layer: patch tokens [b, n, width] to scores [b, n, classes]."""

    def __init__(self, width, classes):
        super().__init__()
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        return self.head(x)


class MaskDecoder(nn.Module):
    """Mask Transformer: patch tokens [b, n, width] to scores [b, n, classes]."""

    def __init__(self, width, classes, heads, layers):
        super().__init__()
        self.classes = classes
        self.cls_emb = nn.Parameter(torch.zeros(1, classes, width))
        self.proj_patch = nn.Parameter(width**-0.5 * torch.randn(width, width))
        self.proj_classes = nn.Parameter(width**-0.5 * torch.randn(width, width))
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.proj_dec = nn.Linear(width, width)
        self.decoder_norm = nn.LayerNorm(width)
        self.mask_norm = nn.LayerNorm(classes)

    def forward(self, x):
        x = self.proj_dec(x)
        x = torch.cat([x, self.cls_emb.expand(x.shape[0], -1, -1)], dim=1)
        for block in self.blocks:
            x = block(x)
        x = self.decoder_norm(x)
        patches = x[:, : -self.classes] @ self.proj_patch
        classes = x[:, -self.classes :] @ self.proj_classes
        patches = patches / patches.norm(dim=-1, keepdim=True)
        classes = classes / classes.norm(dim=-1, keepdim=True)
        return self.mask_norm(patches @ classes.transpose(1, 2))


class Segmenter(nn.Module):
    """Images [b, 3, h, w] to logits [b, classes, h, w]."""

    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.apply(initialise)
        for tokens in (encoder.cls_token, encoder.pos_embed, getattr(decoder, "cls_emb", None)):
            if tokens is not None:
                nn.init.trunc_normal_(tokens, std=0.02)

    def forward(self, images):
        h, w = images.shape[2:]
        patch = self.encoder.patch
        images = F.pad(images, (0, -w % patch, 0, -h % patch))
        rows, columns = images.shape[2] // patch, images.shape[3] // patch
        scores = self.decoder(self.encoder(images))
        scores = scores.transpose(1, 2).reshape(images.shape[0], -1, rows, columns)
        if not torch.compiler.is_compiling():
            # The official code leaves this view channels-last, which eager PyTorch on a CPU
            # enlarges about eight times slower (compiled it is the faster one). The comparison
            # is with PyTorch at its better.
            scores = scores.contiguous()
        logits = F.interpolate(scores, images.shape[2:], mode="bilinear", align_corners=False)
        return logits[:, :, :h, :w]


def initialise(module):
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)
