#!/usr/bin/env python3
"""Writes torch_normalization.safetensors: see torch_rows.py."""

import torch
import torch.nn.functional as F

from torch_rows import WithZeros, row, write

IMAGES, VECTORS = ((2, 3, 2, 2), (3,), (3,)), ((5, 3), (3,), (3,))
MEAN, VARIANCE = torch.linspace(-1, 1, 3, dtype=torch.float64), torch.linspace(0.5, 2, 3, dtype=torch.float64)


def train(x, weight, bias):
    return F.batch_norm(x, None, None, weight, bias, training=True, eps=1e-2)


def evaluate(x, weight, bias):
    return F.batch_norm(x, MEAN, VARIANCE, weight, bias)



def instance_train(x, weight, bias):
    return F.instance_norm(x, weight=weight, bias=bias, eps=1e-2)


def instance_evaluate(x, weight, bias):
    return F.instance_norm(x, MEAN, VARIANCE, weight, bias, use_input_stats=False)


def left_statistics(x):
    mean, variance = MEAN.clone(), VARIANCE.clone()
    F.instance_norm(x.detach(), mean, variance, momentum=0.3)
    return torch.cat((mean, variance)) + 0 * x.sum()


def weight_norm(axis):
    def function(v, g):
        """PyTorch's own is wrong in its second gradient."""
        result = v * (g / v.norm(dim=[i for i in range(v.dim()) if i != axis], keepdim=True))
        assert torch.allclose(result, torch._weight_norm(v, g, axis))
        return result

    return function


def spectral_norm(weight, axis, iterations):
    matrix = weight.movedim(axis, 0).flatten(1)
    u = torch.linspace(-1, 1, matrix.shape[0], dtype=torch.float64)
    v = torch.linspace(0.5, 1, matrix.shape[1], dtype=torch.float64)
    for _ in range(iterations):
        u = F.normalize(matrix.detach() @ v, dim=0, eps=1e-12)
        v = F.normalize(matrix.detach().T @ u, dim=0, eps=1e-12)
    return weight / (u @ matrix @ v)


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
    row("rms_norm", lambda x, w: F.rms_norm(x, (4,), w, 1e-2), (3, 4), (4,), shapes=[[(4,), (4,)], [(0, 4), (4,)]]),
    row("rms_norm", lambda x: F.rms_norm(x, (2, 3)), (2, 2, 3), shapes=[[(2, 3)], [(0, 2, 3)]]),
    row("group_norm", lambda x, w, b: F.group_norm(x, 2, w, b, 1e-2), (2, 4, 3), (4,), (4,),
        shapes=[[(0, 2, 3), (2,), (2,)], [(1, 2, 2, 3), (2,), (2,)], [(1, 4, 1, 1), (4,), (4,)]]),
    row("group_norm", lambda x, w: F.group_norm(x, 2, w), (3, 6), (6,)),
    row("group_norm", lambda x: F.group_norm(x, 1), (2, 3, 2, 2), shapes=[[(3, 1, 4)]]),
    row("instance_norm", instance_train, (2, 4, 3), (4,), (4,), shapes=[[(1, 2, 2, 3), (2,), (2,)], [(3, 1, 2), (1,), (1,)]]),
    row("instance_norm", lambda x: F.instance_norm(x), (2, 3, 2, 2), shapes=[[(1, 1, 3)]]),
    row("instance_norm", instance_evaluate, *IMAGES, shapes=[[(1, 3, 2), (3,), (3,)]], float32=False),
    row("instance_norm", left_statistics, (2, 3, 4), shapes=[[(1, 3, 2, 2)]], float32=False),
    row("local_response_norm", lambda x: F.local_response_norm(x, 3, 0.5, 0.6, 1.5), (2, 5, 3), shapes=[[(0, 2, 3)], [(1, 1, 2)]]),
    row("local_response_norm", lambda x: F.local_response_norm(x, 4), (1, 3, 2, 2), shapes=[[(2, 8, 1)]]),
    row("normalize", lambda x: F.normalize(x), WithZeros((3, 4), places=(0,)), shapes=[[(2, 3)], [(0, 2)]]),
    row("normalize", lambda x: F.normalize(x, 1, -1), (3, 4, 2)),
    row("normalize", lambda x: F.normalize(x, 3, 0, 4), (3, 4)),
    row("weight_norm", weight_norm(0), (3, 4, 2), (3, 1, 1), shapes=[[(2, 3), (2, 1)]]),
    row("weight_norm", weight_norm(1), (3, 4), (1, 4)),
    row("weight_norm", lambda v, g: v * (g / v.norm()), (3, 4), ()),
    row("spectral_norm", lambda w: spectral_norm(w, 0, 2), (3, 2, 2), float32=False),
    row("spectral_norm", lambda w: spectral_norm(w, 1, 0), (3, 4), float32=False),
]

write(__file__, ROWS)
