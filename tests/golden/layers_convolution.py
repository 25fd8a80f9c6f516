#!/usr/bin/env python3
"""Writes layers_convolution.safetensors: see layer_rows.py."""

from torch import nn

from layer_rows import layer, write

write(
    __file__,
    [
        layer("Conv2d", lambda: nn.Conv2d(2, 3, 3), (2, 2, 5, 4)),
        layer("Conv2d", lambda: nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2, bias=False), (1, 4, 5, 6)),
        layer("Conv2d", lambda: nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)), (1, 2, 4, 4)),
    ],
)
