#!/usr/bin/env python3
"""Writes torch_activation.safetensors: see torch_rows.py. Each function has two rows, below and above 0."""

import torch
import torch.nn.functional as F

from torch_rows import Input, row, write

X, PARTS = (2, 3), ((-2, -0.1), (0.1, 2))
ALL = [torch.bool, torch.uint8, torch.int32, torch.int64]


def rows(name, function, **more):
    for low, high in PARTS:
        yield row(name, function, Input(X, low, high), shapes=[[()], [(1,)], [(0, 2)]], special=True, ties=True, **more)
        more = {}


def limit(function):
    """0 at -infinity, where PyTorch has NaN."""
    return lambda x: torch.where(x == -torch.inf, 0.0, function(x))


def relu_gradient(g, y):
    return torch.ops.aten.threshold_backward(*torch.broadcast_tensors(g, y), 0)


ROWS = [
    *rows("relu", F.relu),
    *(
        row("relu_gradient", relu_gradient, X, Input(X, *part), shapes=[[(3, 1), (1, 2)], [(2,), ()]], special=True, ties=True)
        for part in PARTS
    ),
    *rows("sigmoid", torch.sigmoid, dtypes=ALL),
    *rows("tanh", torch.tanh, dtypes=ALL),
    *rows("gelu", limit(F.gelu)),
    *rows("gelu", limit(lambda x: F.gelu(x, approximate="tanh"))),
    *rows("silu", limit(F.silu)),
    *rows("softplus", F.softplus),
    *rows("leaky_relu", lambda x: F.leaky_relu(x, 0.2)),
    *rows("elu", lambda x: F.elu(x, 1.3)),
    *rows("hardtanh", lambda x: F.hardtanh(x, -0.6, 0.9)),
]

write(__file__, ROWS)
