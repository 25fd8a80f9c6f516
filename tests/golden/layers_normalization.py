#!/usr/bin/env python3
"""Writes layers_normalization.safetensors: see layer_rows.py."""

from torch import nn

from layer_rows import layer, write

write(
    __file__,
    [
        layer("BatchNorm1d", lambda: nn.BatchNorm1d(3), (4, 3)),
        layer("BatchNorm1d", lambda: nn.BatchNorm1d(3, eps=0.1, momentum=0.4), (2, 3, 4)),
        layer("BatchNorm1d", lambda: nn.BatchNorm1d(3), (4, 3), training=False),
        layer("BatchNorm2d", lambda: nn.BatchNorm2d(2), (2, 2, 3, 2)),
        layer("BatchNorm2d", lambda: nn.BatchNorm2d(2, affine=False), (2, 2, 3, 2)),
        layer("BatchNorm2d", lambda: nn.BatchNorm2d(2, track_running_stats=False), (2, 2, 3, 2), training=False),
        layer("LayerNorm", lambda: nn.LayerNorm(4), (2, 3, 4)),
        layer("LayerNorm", lambda: nn.LayerNorm((3, 4), eps=0.1, bias=False), (2, 3, 4)),
        layer("LayerNorm", lambda: nn.LayerNorm(4, elementwise_affine=False), (2, 3, 4)),
    ],
)
