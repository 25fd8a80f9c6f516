#!/usr/bin/env python3
"""Writes torch_functions.safetensors: PyTorch's values and gradients for the rows of tests/autograd/cases_arrange.cpp.
torch==2.15.0.

Each row has a name, the shapes of its inputs, and a function whose square is compared; "NAME/K" is row K of that name.
"""

import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

X, SQUARE, VECTOR = (2, 3, 4), (4, 4), (5,)
ROWS = [
    ("narrow", [X], lambda x: x.narrow(1, 1, 2)),
    ("narrow", [X], lambda x: x.narrow(-1, -3, 2)),
    ("split", [X], lambda x: x.split(3, -1)[1]),
    ("split", [X], lambda x: x.split([1, 0, 2], 1)[2]),
    ("chunk", [VECTOR], lambda x: x.chunk(2)[1]),
    ("unbind", [X], lambda x: x.unbind(1)[2]),
    ("movedim", [X], lambda x: x.movedim(0, -1)),
    ("movedim", [X], lambda x: x.movedim((0, 1), (2, 0))),
    ("unflatten", [X], lambda x: x.unflatten(-1, (2, -1))),
    ("broadcast_tensors", [VECTOR, (2, 1)], lambda x, y: torch.broadcast_tensors(x, y)[1]),
    ("meshgrid", [VECTOR, (3,)], lambda x, y: torch.meshgrid(x, y, indexing="ij")[1]),
    ("flip", [X], lambda x: x.flip(1)),
    ("flip", [X], lambda x: x.flip(0, -1)),
    ("roll", [X], lambda x: x.roll(1, 2)),
    ("roll", [X], lambda x: x.roll((-4, 7), (1, -1))),
    ("tile", [X], lambda x: x.tile(2, 3)),
    ("tile", [VECTOR], lambda x: x.tile(2, 1, 2)),
    ("repeat_interleave", [X], lambda x: x.repeat_interleave(3, 1)),
    ("hstack", [X, (2, 1, 4)], lambda x, y: torch.hstack((x, y))),
    ("hstack", [VECTOR, (2,)], lambda x, y: torch.hstack((x, y))),
    ("vstack", [VECTOR, (2, 5)], lambda x, y: torch.vstack((x, y))),
    ("pad", [X], lambda x: F.pad(x, (0, 3, 1, 2), "constant", 0.5)),
    ("pad", [X], lambda x: F.pad(x, (3, 2), "reflect")),
    ("pad", [X], lambda x: F.pad(x, (5, 2), "replicate")),
    ("pad", [X], lambda x: F.pad(x, (4, 1), "circular")),
    ("tril", [SQUARE], lambda x: x.tril()),
    ("tril", [X], lambda x: x.tril(1)),
    ("triu", [X], lambda x: x.triu(-1)),
    ("diagonal", [X], lambda x: x.diagonal()),
    ("diagonal", [X], lambda x: x.diagonal(-1, 2, 0)),
    ("diag_embed", [X], lambda x: x.diag_embed(1)),
    ("diag", [VECTOR], lambda x: x.diag(-2)),
    ("diag", [SQUARE], lambda x: x.diag(1)),
    ("trace", [(3, 5)], lambda x: x.trace()),
]

torch.manual_seed(0)
tensors, count = {}, {}
for name, shapes, function in ROWS:
    count[name] = count.get(name, -1) + 1
    key = f"{name}/{count[name]}"
    inputs = [torch.rand(shape, dtype=torch.float64) * 4 - 2 for shape in shapes]
    for x in inputs:
        x.requires_grad_()
    value = function(*inputs).square()
    cotangent = torch.rand(value.shape, dtype=torch.float64)
    gradients = torch.autograd.grad(value, inputs, cotangent, allow_unused=True)
    tensors[f"{key}/value"] = value.detach().contiguous()
    tensors[f"{key}/cotangent"] = cotangent
    for i, (x, g) in enumerate(zip(inputs, gradients)):
        tensors[f"{key}/input {i}"] = x.detach()
        tensors[f"{key}/gradient {i}"] = (torch.zeros_like(x) if g is None else g).contiguous()
save_file(tensors, str(pathlib.Path(__file__).with_suffix(".safetensors")))
