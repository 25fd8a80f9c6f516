#!/usr/bin/env python3
"""Writes layers_embedding.safetensors: see layer_rows.py."""

import torch
from torch import nn

from layer_rows import layer, write

VECTOR, MATRIX = torch.tensor([3, 0, 3, 1, 2, 3]), torch.tensor([[3, 0, 3], [1, 1, 4]])
OFFSETS, ENDS = torch.tensor([0, 2, 2]), torch.tensor([0, 1, 4, 6])


def weighted(bag, indices, offsets, weights):
    return bag(indices, offsets, weights)


write(
    __file__,
    [
        layer("Embedding", lambda: nn.Embedding(5, 3), MATRIX),
        layer("Embedding", lambda: nn.Embedding(5, 3, padding_idx=-2), MATRIX),
        layer("Embedding", lambda: nn.Embedding(5, 3, scale_grad_by_freq=True), VECTOR),
        layer("EmbeddingBag", lambda: nn.EmbeddingBag(5, 3), MATRIX),
        layer("EmbeddingBag", lambda: nn.EmbeddingBag(5, 3, mode="max", padding_idx=3), MATRIX),
        layer("EmbeddingBag", lambda: nn.EmbeddingBag(5, 3), VECTOR, OFFSETS),
        layer("EmbeddingBag", lambda: nn.EmbeddingBag(5, 3, mode="sum", include_last_offset=True), VECTOR, ENDS),
        # PyTorch has no second gradients of these.
        layer("EmbeddingBag", lambda: nn.EmbeddingBag(5, 3, mode="sum"), VECTOR, OFFSETS, (6,), call=weighted, second=False),
    ],
)
