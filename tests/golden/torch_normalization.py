#!/usr/bin/env python3
"""Writes torch_normalization.safetensors: see torch_rows.py."""

import torch
import torch.nn.functional as F

from torch_rows import row, write

IMAGES, VECTORS = ((2, 3, 2, 2), (3,), (3,)), ((5, 3), (3,), (3,))
MEAN, VARIANCE = torch.linspace(-1, 1, 3, dtype=torch.float64), torch.linspace(0.5, 2, 3, dtype=torch.float64)


def train(x, weight, bias):
    return F.batch_norm(x, None, None, weight, bias, training=True, eps=1e-2)


def evaluate(x, weight, bias):
    return F.batch_norm(x, MEAN, VARIANCE, weight, bias)


ROWS = [
    row("batch_norm", train, *IMAGES, shapes=[[(1, 2, 3, 1), (2,), (2,)], [(2, 1, 1, 1), (1,), (1,)], [(2, 3, 4), (3,), (3,)]]),
    row("batch_norm", train, *VECTORS, shapes=[[(2, 1), (1,), (1,)]]),
    row("batch_norm", lambda x: F.batch_norm(x, None, None, training=True), (4, 2), shapes=[[(3, 1, 2)], [(1, 2, 3)]]),
    row("batch_norm", evaluate, *IMAGES, shapes=[[(0, 3, 1, 2), (3,), (3,)], [(1, 3, 1, 1), (3,), (3,)]], float32=False),
    row("batch_norm", evaluate, *VECTORS, shapes=[[(1, 3), (3,), (3,)], [(2, 3, 2), (3,), (3,)]], float32=False),
    row("layer_norm", lambda x, w, b: F.layer_norm(x, (4,), w, b, 1e-2), (3, 4), (4,), (4,),
        shapes=[[(4,), (4,), (4,)], [(0, 4), (4,), (4,)], [(2, 1, 4), (4,), (4,)]]),
    row("layer_norm", lambda x, w: F.layer_norm(x, (2, 3), w), (2, 2, 3), (2, 3), shapes=[[(2, 3), (2, 3)]]),
    row("layer_norm", lambda x: F.layer_norm(x, (5,)), (3, 5), shapes=[[(5,)], [(1, 0, 5)]]),
]

write(__file__, ROWS)
