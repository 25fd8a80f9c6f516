#!/usr/bin/env python3
"""Writes torch_convolution.safetensors: see torch_rows.py."""

import math

import torch
import torch.nn.functional as F

from torch_rows import row, write


def conv(x, weight, bias, activation=None, max_pool=1, shapes=(), ties=False, **options):
    def function(x, weight, bias=None):
        y = F.conv2d(x, weight, bias, **options)
        return F.max_pool2d(y.relu() if activation else y, max_pool)

    operands = [x, weight, weight[:1]]
    return row("conv2d", function, *operands[: 3 if bias else 2], shapes=shapes, ties=ties)


def pool(function, x, **options):
    shapes = [[(1, 3, *x[2:])], [(0, *x[1:])]]
    return row(function.__name__, lambda x: function(x, **options), x, shapes=shapes, special=True, ties=True)


def matrix(rows, columns):
    i = torch.arange(rows * columns, dtype=torch.float64)
    return (i * i).sin().reshape(rows, columns) / rows**0.5


def large(x, weight, **options):
    """Through few numbers: as in tests/autograd/cases_network.cpp."""
    of_x, of_bias = matrix(3, math.prod(x)), matrix(2, weight[0])
    of_weight = matrix(3, math.prod(weight)) / math.prod(weight[1:]) ** 0.5

    def function(a, b, c):
        y = F.conv2d((a @ of_x).reshape(x), (b @ of_weight).reshape(weight), c @ of_bias, **options)
        return y.square().reshape(-1) @ matrix(y.numel(), 2)

    return row("conv2d", function, (3,), (3,), (2,), float32=False)


RELU = dict(activation="relu", ties=True)
ONE = [(1, 2, 2, 3), (1, 2, 2, 3), (1,)]  # the result has one element
EDGE = [(1, 2, 1, 1), (1, 2, 3, 3)]  # its window is padding all around
ROWS = [
    conv((2, 2, 4, 3), (2, 2, 2, 3), True, shapes=[ONE]),
    conv((1, 2, 4, 4), (2, 2, 3, 3), False, padding=1, shapes=[EDGE]),
    conv((1, 1, 5, 6), (2, 1, 3, 2), True, stride=(2, 1), padding=(1, 2)),
    conv((1, 2, 5, 5), (2, 2, 2, 2), False, stride=2, dilation=(2, 1)),
    conv((1, 4, 3, 3), (4, 2, 2, 2), True, groups=2),
    conv((1, 3, 3, 3), (3, 1, 2, 2), False, padding=1, groups=3),
    conv((2, 3, 2, 2), (2, 3, 1, 1), True),
    conv((0, 2, 3, 3), (2, 2, 2, 2), True),
    conv((1, 2, 3, 3), (2, 2, 2, 2), True, padding=1, **RELU),
    conv((8, 1, 3, 4), (2, 1, 2, 2), True, **RELU),
    conv((8, 1, 5, 4), (2, 1, 2, 2), True, max_pool=2, **RELU),
    conv((4, 2, 3, 4), (2, 1, 2, 2), False, groups=2, max_pool=(1, 2), ties=True),
    conv((1, 1, 5, 4), (2, 1, 2, 2), True, max_pool=2, **RELU),
    conv((0, 1, 5, 4), (2, 1, 2, 2), True, max_pool=2, activation="relu"),
    pool(F.max_pool2d, (2, 2, 4, 4), kernel_size=2),
    pool(F.max_pool2d, (1, 1, 5, 4), kernel_size=3, stride=(2, 1), padding=1),
    pool(F.avg_pool2d, (2, 2, 4, 4), kernel_size=2),
    pool(F.avg_pool2d, (1, 1, 5, 4), kernel_size=3, stride=(2, 1), padding=1),
    pool(F.avg_pool2d, (1, 1, 5, 4), kernel_size=(2, 3), padding=1, count_include_pad=False),
    large((2, 4, 5, 5), (5, 4, 1, 1), stride=2),
    large((2, 3, 6, 7), (6, 1, 3, 3), padding=1, groups=3),
    large((2, 3, 6, 7), (6, 1, 3, 3), stride=2, padding=1, groups=3),
    large((1, 4, 24, 24), (6, 4, 3, 3), padding=1),
    large((2, 3, 4, 4), (4, 3, 1, 1)),
    large((2, 3, 7, 8), (4, 3, 3, 2), stride=(2, 1)),
    large((3, 2, 4, 4), (128, 2, 2, 2)),
    large((3, 128, 3, 3), (4, 128, 2, 2)),
    large((1, 128, 3, 3), (4, 128, 2, 2)),
]

write(__file__, ROWS)
