#!/usr/bin/env python3
"""Writes layers_shape.safetensors: see layer_rows.py."""

from torch import nn

from layer_rows import layer, write


def pads(name, *rows):
    """For one axis, two and three: the widths, from the last axis to the first, and other arguments."""
    shapes = (1, 2, 4), (1, 1, 2, 3), (1, 1, 2, 2, 2)
    made = lambda i: lambda: getattr(nn, f"{name}{i + 1}d")(*rows[i])
    return [layer(f"{name}{i + 1}d", made(i), shapes[i]) for i in range(3)]


WINDOWS = {"kernel_size": (2, 3), "padding": (1, 0)}
write(
    __file__,
    [
        layer("Upsample", lambda: nn.Upsample(scale_factor=2), (1, 1, 2, 3)),
        layer("Upsample", lambda: nn.Upsample(size=(3, 5), mode="bilinear", align_corners=True), (1, 1, 2, 3)),
        layer("PixelShuffle", lambda: nn.PixelShuffle(2), (1, 4, 2, 1)),
        layer("PixelUnshuffle", lambda: nn.PixelUnshuffle(2), (1, 1, 4, 2)),
        layer("ChannelShuffle", lambda: nn.ChannelShuffle(2), (1, 6, 2)),
        layer("Unfold", lambda: nn.Unfold(**WINDOWS), (1, 1, 3, 4)),
        layer("Fold", lambda: nn.Fold((3, 4), **WINDOWS), (1, 6, 8)),
        *pads("ZeroPad", [(1, 2)], [(0, 3, 1, 2)], [1]),
        *pads("ConstantPad", [2, 0.5], [(0, 1, 1, 0), -1.5], [(0, 2, 0, 1, 1, 0), 3]),
        *pads("ReflectionPad", [(3, 1)], [(2, 1, 1, 0)], [1]),
        *pads("ReplicationPad", [(3, 1)], [(2, 1, 1, 0)], [1]),
        *pads("CircularPad", [(3, 1)], [(2, 1, 1, 0)], [1]),
    ],
)
