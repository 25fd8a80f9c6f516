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


def of(function, x, weight, bias, shapes=(), before=None, after=lambda y: y, **options):
    """`bias` is its length, or 0; `before` a padding (widths, mode) of x, `after` a function of the result."""
    padded = lambda x: F.pad(x, *before) if before else x
    call = lambda x, weight, bias=None: after(function(padded(x), weight, bias, **options))
    return row(function.__name__, call, x, weight, *([(bias,)] if bias else []), shapes=shapes)


def matrix(rows, columns):
    i = torch.arange(rows * columns, dtype=torch.float64)
    return (i * i).sin().reshape(rows, columns) / rows**0.5


def large(x, weight, **options):
    """Through few numbers: as in tests/autograd/cases_convolution.cpp."""
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
    conv((1, 2, 4, 5), (2, 2, 2, 3), True, padding="same", dilation=(2, 1)),
    of(F.conv2d, (1, 1, 5, 4), (1, 1, 3, 2), 0, before=((0, 1, 1, 1),), stride=(2, 3)),
    of(F.conv2d, (1, 2, 3, 3), (2, 2, 3, 2), 2, before=((2, 2, 1, 1), "replicate")),
    of(F.conv2d, (1, 1, 3, 4), (1, 1, 4, 3), 0, before=((1, 1, 1, 2), "circular")),
    of(F.conv1d, (2, 2, 6), (3, 2, 3), 3, shapes=[[(1, 1, 1), (2, 1, 1), (2,)], [(0, 2, 3), (2, 2, 3), (2,)]]),
    of(F.conv1d, (1, 4, 7), (4, 2, 3), 0, stride=2, padding=2, dilation=2, groups=2),
    of(F.conv1d, (1, 2, 5), (2, 2, 4), 2, padding="same"),
    of(F.conv1d, (1, 2, 4), (2, 2, 3), 0, before=((2, 2), "reflect")),
    of(F.conv1d, (2, 1, 6), (2, 1, 2), 2, after=lambda y: F.max_pool1d(y.relu(), 2)),
    of(F.conv3d, (1, 2, 3, 3, 3), (2, 2, 2, 2, 2), 2),
    of(F.conv3d, (1, 2, 3, 4, 3), (2, 1, 2, 2, 2), 2, stride=(2, 1, 2), padding=(1, 0, 1), dilation=(1, 2, 1), groups=2),
    of(F.conv3d, (1, 1, 3, 2, 3), (1, 1, 2, 3, 2), 0, padding="same", dilation=(2, 1, 1)),
    of(F.conv3d, (1, 1, 3, 3, 3), (2, 1, 2, 2, 2), 2, after=lambda y: F.max_pool3d(y.relu(), (1, 2, 2))),
    of(F.conv_transpose1d, (2, 2, 4), (2, 3, 3), 3, shapes=[[(1, 1, 1), (1, 2, 1), (2,)]]),
    of(F.conv_transpose1d, (1, 4, 3), (4, 1, 3), 2, stride=2, padding=1, output_padding=1, dilation=2, groups=2),
    of(F.conv_transpose1d, (1, 1, 3), (1, 2, 2), 0, padding=1, output_padding=2, dilation=3),
    of(F.conv_transpose2d, (1, 2, 3, 3), (2, 2, 2, 3), 2),
    of(F.conv_transpose2d, (1, 2, 3, 2), (2, 1, 2, 2), 0, stride=(2, 1), padding=(1, 0), output_padding=(1, 0), dilation=(1, 2), groups=2),
    of(F.conv_transpose3d, (1, 2, 2, 2, 3), (2, 1, 2, 2, 2), 1),
    of(
        F.conv_transpose3d,
        (1, 2, 2, 2, 2),
        (2, 1, 2, 2, 2),
        2,
        stride=(1, 2, 2),
        padding=(1, 1, 0),
        output_padding=(1, 1, 0),
        dilation=(2, 1, 1),
        groups=2,
    ),
    of(F.conv_transpose3d, (1, 1, 2, 1, 2), (1, 1, 1, 2, 1), 0, padding=(1, 0, 0), output_padding=(2, 0, 0), dilation=(3, 1, 1)),
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
