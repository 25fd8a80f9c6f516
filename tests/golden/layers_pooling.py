#!/usr/bin/env python3
"""Writes layers_pooling.safetensors: see layer_rows.py."""

import torch
from torch import nn

from layer_rows import layer, write


def unpool(name, indices):
    places = torch.tensor(indices)
    return layer(name, lambda: getattr(nn, name)(2), places.shape, call=lambda module, x: module(x, places))


write(
    __file__,
    [
        layer("MaxPool2d", lambda: nn.MaxPool2d(2), (1, 2, 4, 5)),
        layer("MaxPool2d", lambda: nn.MaxPool2d((3, 2), stride=(1, 2), padding=(1, 0)), (1, 2, 4, 5)),
        layer("AvgPool2d", lambda: nn.AvgPool2d(2), (1, 2, 4, 5)),
        layer("AvgPool2d", lambda: nn.AvgPool2d(3, stride=2, padding=1), (1, 2, 4, 5)),
        layer("AvgPool2d", lambda: nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False), (1, 2, 4, 5)),
        layer("MaxPool1d", lambda: nn.MaxPool1d(3, 2, padding=1, dilation=2, ceil_mode=True), (1, 2, 7)),
        layer("MaxPool3d", lambda: nn.MaxPool3d((2, 1, 2), stride=1), (1, 1, 3, 2, 3)),
        layer("AvgPool1d", lambda: nn.AvgPool1d(3, 2, ceil_mode=True), (1, 2, 6)),
        layer("AvgPool2d", lambda: nn.AvgPool2d(2, divisor_override=3), (1, 2, 4, 2)),
        layer("AvgPool3d", lambda: nn.AvgPool3d(2), (1, 1, 2, 4, 2)),
        layer("LPPool1d", lambda: nn.LPPool1d(2, 3), (1, 2, 6)),
        layer("LPPool2d", lambda: nn.LPPool2d(2, (2, 3), 1), (1, 1, 3, 4)),
        layer("LPPool3d", lambda: nn.LPPool3d(2, 2), (1, 1, 2, 4, 2)),
        unpool("MaxUnpool1d", [[[1, 2], [0, 3]]]),
        unpool("MaxUnpool2d", [[[[5, 2], [12, 10]]]]),
        unpool("MaxUnpool3d", [[[[[5], [12]]]]]),
        layer("AdaptiveAvgPool1d", lambda: nn.AdaptiveAvgPool1d(3), (1, 2, 7)),
        layer("AdaptiveAvgPool2d", lambda: nn.AdaptiveAvgPool2d((2, 3)), (1, 1, 3, 5)),
        layer("AdaptiveAvgPool2d", lambda: nn.AdaptiveAvgPool2d(1), (2, 2, 3, 2)),
        layer("AdaptiveAvgPool3d", lambda: nn.AdaptiveAvgPool3d((1, 2, 2)), (1, 1, 2, 3, 2)),
        layer("AdaptiveMaxPool1d", lambda: nn.AdaptiveMaxPool1d(3), (1, 2, 7)),
        layer("AdaptiveMaxPool2d", lambda: nn.AdaptiveMaxPool2d((2, 3)), (1, 1, 3, 5)),
        layer("AdaptiveMaxPool3d", lambda: nn.AdaptiveMaxPool3d((1, 2, 2)), (1, 1, 2, 3, 2)),
        layer("GlobalAveragePooling", lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), (2, 3, 2, 3)),
        layer("GlobalMaxPooling", lambda: nn.AdaptiveMaxPool1d(1), (2, 3, 4)),
    ],
)
