#!/usr/bin/env python3
"""Writes layers_pooling.safetensors: see layer_rows.py."""

from torch import nn

from layer_rows import layer, write

write(
    __file__,
    [
        layer("MaxPool2d", lambda: nn.MaxPool2d(2), (1, 2, 4, 5)),
        layer("MaxPool2d", lambda: nn.MaxPool2d((3, 2), stride=(1, 2), padding=(1, 0)), (1, 2, 4, 5)),
        layer("AvgPool2d", lambda: nn.AvgPool2d(2), (1, 2, 4, 5)),
        layer("AvgPool2d", lambda: nn.AvgPool2d(3, stride=2, padding=1), (1, 2, 4, 5)),
        layer("AvgPool2d", lambda: nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False), (1, 2, 4, 5)),
    ],
)
