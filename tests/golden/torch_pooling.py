#!/usr/bin/env python3
"""Writes torch_pooling.safetensors: see torch_rows.py."""

import torch
import torch.nn.functional as F

from torch_rows import Input, row, write


def pool(function, x, *arguments, **options):
    how = {"special": True, "ties": True, "shapes": [[(0, *x[1:])]]}
    return row(function.__name__, lambda x: function(x, *arguments, **options), x, **how)


def with_indices(name, function, x, *arguments, **options):
    both = lambda x: function(x, *arguments, **options, return_indices=True)
    how = {"special": True, "ties": True, "shapes": [[(1, 3, *x[2:])]]}
    return [row(name, lambda x, i=i: both(x)[i], x, **how) for i in range(2)]


def unpool(function, indices, *arguments, **options):
    places = torch.tensor(indices)
    return row(function.__name__, lambda x: function(x, places, *arguments, **options), places.shape)


DILATED = {"stride": 2, "padding": 1, "dilation": 2, "ceil_mode": True}
ROWS = [
    row("max_pool1d", lambda x: F.max_pool1d(x, 2), (2, 2, 6), special=True, ties=True),
    row("max_pool1d", lambda x: F.max_pool1d(x, 3, **DILATED), (1, 1, 7), special=True, ties=True),
    pool(F.max_pool2d, (2, 2, 4, 4), 2),
    pool(F.max_pool2d, (1, 1, 5, 4), 3, stride=(2, 1), padding=1),
    pool(F.max_pool2d, (1, 2, 3, 3), (2, 3), ceil_mode=True),
    pool(F.max_pool2d, (1, 1, 5, 4), 2, stride=1, padding=(1, 0), dilation=(2, 3)),
    pool(F.max_pool3d, (1, 2, 2, 3, 2), (2, 1, 2), stride=1),
    pool(F.max_pool3d, (1, 1, 3, 2, 4), 2, stride=(1, 2, 3), padding=(1, 0, 1), ceil_mode=True),
    pool(F.avg_pool1d, (2, 2, 6), 2),
    pool(F.avg_pool1d, (1, 1, 6), 3, padding=1, ceil_mode=True, count_include_pad=False),
    pool(F.avg_pool2d, (2, 2, 4, 4), 2),
    pool(F.avg_pool2d, (1, 1, 5, 4), 3, stride=(2, 1), padding=1),
    pool(F.avg_pool2d, (1, 1, 5, 4), (2, 3), padding=1, count_include_pad=False),
    pool(F.avg_pool2d, (1, 1, 4, 5), (3, 2), stride=2, padding=1, ceil_mode=True),
    pool(F.avg_pool2d, (1, 1, 5, 12), (2, 3), stride=1, padding=(1, 0), divisor_override=5),
    pool(F.avg_pool3d, (1, 2, 2, 2, 3), (2, 1, 2), stride=1),
    pool(F.avg_pool3d, (1, 1, 3, 2, 4), (2, 2, 3), stride=(2, 1, 2), padding=(1, 0, 1), ceil_mode=True, count_include_pad=False),
    pool(F.avg_pool3d, (1, 1, 2, 3, 4), 2, stride=1, divisor_override=3),
    row("lp_pool1d", lambda x: F.lp_pool1d(x, 3, 2), Input((2, 2, 5), 0.5, 2)),
    row("lp_pool2d", lambda x: F.lp_pool2d(x, 2, (2, 3), (1, 2), True), (1, 2, 3, 5), special=True),
    row("lp_pool3d", lambda x: F.lp_pool3d(x, 2, 2, 1), (1, 1, 2, 3, 3)),
    unpool(F.max_unpool1d, [[[1, 2], [0, 3]]], 2),
    unpool(F.max_unpool2d, [[[[0, 3], [8, 15]], [[5, 2], [12, 10]]]], 2),
    unpool(F.max_unpool2d, [[[[0, 3], [8, 29]]]], (2, 3), 2, output_size=(5, 6)),
    unpool(F.max_unpool3d, [[[[[5], [12]]]]], 2),
    pool(F.adaptive_avg_pool1d, (2, 2, 7), 3),
    pool(F.adaptive_avg_pool2d, (1, 2, 3, 4), (2, 3)),
    pool(F.adaptive_avg_pool2d, (2, 2, 3, 2), 1),
    pool(F.adaptive_avg_pool2d, (1, 1, 2, 4), (5, 2)),
    pool(F.adaptive_avg_pool3d, (1, 1, 3, 2, 4), (2, 1, 3)),
    row("adaptive_max_pool1d", lambda x: F.adaptive_max_pool1d(x, 3), (2, 2, 7), special=True, ties=True),
    row("adaptive_max_pool2d", lambda x: F.adaptive_max_pool2d(x, (2, 3)), (1, 2, 3, 4), special=True, ties=True),
    row("adaptive_max_pool3d", lambda x: F.adaptive_max_pool3d(x, (2, 1, 3)), (1, 1, 3, 2, 4), special=True, ties=True),
    row("global_avg_pool", lambda x: x.mean((2, 3)), (2, 2, 2, 3), special=True),
    row("global_avg_pool", lambda x: x.mean(2, True), (2, 3, 4)),
    row("global_max_pool", lambda x: x.amax((2, 3)), (2, 2, 2, 3), special=True, ties=True),
    row("global_max_pool", lambda x: x.amax(2, True), (2, 3, 4)),
    *with_indices("max_pool1d_with_indices", F.max_pool1d, (2, 2, 5), 2, padding=1),
    *with_indices("max_pool2d_with_indices", F.max_pool2d, (1, 2, 4, 3), 2, stride=1),
    *with_indices("max_pool3d_with_indices", F.max_pool3d, (1, 1, 3, 2, 4), 2, stride=1),
    *with_indices("adaptive_max_pool1d_with_indices", F.adaptive_max_pool1d, (2, 2, 5), 2),
    *with_indices("adaptive_max_pool2d_with_indices", F.adaptive_max_pool2d, (1, 2, 3, 4), (2, 3)),
    *with_indices("adaptive_max_pool3d_with_indices", F.adaptive_max_pool3d, (1, 1, 3, 2, 4), (2, 1, 3)),
]

write(__file__, ROWS)
