#!/usr/bin/env python3
"""Writes torch_activation.safetensors: see torch_rows.py. Each function has two rows, below and above 0."""

import torch
import torch.nn.functional as F

from torch_rows import Input, row, write

X, PARTS = (2, 3), ((-2, -0.1), (0.1, 2))
ALL = [torch.bool, torch.uint8, torch.int32, torch.int64]


def between(low, high, name, function, **more):
    return row(name, function, Input(X, low, high), special=True, ties=True, **more)


def rows(name, function, **more):
    yield between(*PARTS[0], name, function, shapes=[[()], [(1,)], [(0, 2)]], **more)
    yield between(*PARTS[1], name, function)


def limit(function):
    """0 at -infinity, where PyTorch has NaN."""
    return lambda x: torch.where(x == -torch.inf, 0.0, function(x))


def relu_gradient(g, y):
    return torch.ops.aten.threshold_backward(*torch.broadcast_tensors(g, y), 0)


def squareplus(b):
    return lambda x: (x + torch.sqrt(x * x + b)) / 2


def sparse_plus(x):
    return torch.where(x <= -1, 0.0, torch.where(x < 1, (x + 1) ** 2 / 4, x))


def sparsemax(x, axis):
    """The projection by its definition: the threshold is found by halving, and has the gradient of its condition."""
    low, high = x.detach().amin(axis, True) - 1, x.detach().amax(axis, True)
    for _ in range(100):
        middle = (low + high) / 2
        above = (x.detach() - middle).clamp_min(0).sum(axis, True) >= 1
        low, high = torch.where(above, middle, low), torch.where(above, high, middle)
    taken = (x.detach() > low).double()
    return taken * (x - ((x * taken).sum(axis, True) - 1) / taken.sum(axis, True))


ALONG = (2, 4, 3)
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
    *rows("softplus", lambda x: F.softplus(x, 0.5, 0.4)),
    between(15, 25, "softplus", F.softplus),
    *rows("logsigmoid", F.logsigmoid),
    *rows("mish", limit(F.mish)),
    between(-30, 30, "mish", limit(F.mish)),
    *rows("squareplus", squareplus(4)),
    *rows("squareplus", squareplus(0.5)),
    *rows("sparse_plus", sparse_plus),
    *rows("sparse_sigmoid", lambda x: F.hardtanh(x) / 2 + 0.5),
    *rows("softsign", F.softsign),
    *rows("tanhshrink", F.tanhshrink),
    *rows("elu", F.elu),
    *rows("celu", lambda x: F.celu(x, 2)),  # of which the inverse is exact: PyTorch rounds it to float32
    *rows("selu", F.selu),
    row("prelu", F.prelu, (2, 3, 2), (3,), shapes=[[(0, 2), (2,)], [(1, 2, 1, 2), (2,)]], special=True, ties=True),
    row("prelu", F.prelu, (2, 3, 2), (1,), ties=True),
    row("prelu", lambda x, w: F.prelu(x, w.reshape(1)), (2, 3, 2), ()),
    row("prelu", F.prelu, (4,), (1,)),
    *rows("rrelu", F.rrelu),
    *rows("rrelu", lambda x: F.rrelu(x, 0.2, 0.4)),
    between(-2, 8, "relu6", F.relu6),
    # F.hardsigmoid has no second derivative.
    between(-5, 5, "hardsigmoid", lambda x: F.hardtanh(x, -3, 3) / 6 + 0.5),
    between(-5, 5, "hardswish", limit(F.hardswish)),
    *rows("threshold", lambda x: F.threshold(x, 1, -3)),
    *rows("hardshrink", F.hardshrink),
    *rows("hardshrink", lambda x: F.hardshrink(x, 1)),
    *rows("softshrink", F.softshrink),
    *rows("softshrink", lambda x: F.softshrink(x, 1)),
    row("glu", lambda x: F.glu(x, 1), ALONG, shapes=[[(0, 2)], [(1, 0)]]),
    row("softmin", lambda x: F.softmin(x, 1), ALONG, shapes=[[(0, 2)], [(3, 1)]]),
    row("sparsemax", lambda x: sparsemax(x, 1), ALONG, shapes=[[(3, 1)], [(2, 7)]]),
]

write(__file__, ROWS)
