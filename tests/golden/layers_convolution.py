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
        layer("Conv2d", lambda: nn.Conv2d(2, 3, (2, 3), padding="same", bias=False), (1, 2, 3, 4)),
        layer("Conv2d", lambda: nn.Conv2d(1, 2, 3, padding=(1, 2), padding_mode="circular"), (1, 1, 4, 3)),
        layer("Conv1d", lambda: nn.Conv1d(2, 3, 3), (2, 2, 5)),
        layer("Conv1d", lambda: nn.Conv1d(4, 6, 3, stride=2, padding=2, dilation=2, groups=2, bias=False), (1, 4, 6)),
        layer("Conv1d", lambda: nn.Conv1d(2, 2, 4, padding="same", padding_mode="replicate"), (1, 2, 5)),
        layer("Conv1d", lambda: nn.Conv1d(1, 2, 3, padding=2, padding_mode="reflect"), (2, 1, 4)),
        layer("Conv3d", lambda: nn.Conv3d(1, 2, 2), (1, 1, 3, 2, 3)),
        layer("Conv3d", lambda: nn.Conv3d(2, 2, (1, 2, 2), stride=(1, 2, 1), padding=(0, 1, 1), groups=2), (1, 2, 2, 3, 2)),
        layer("ConvTranspose1d", lambda: nn.ConvTranspose1d(2, 3, 3), (2, 2, 4)),
        layer(
            "ConvTranspose1d", lambda: nn.ConvTranspose1d(4, 2, 3, stride=2, padding=1, output_padding=1, groups=2, dilation=2, bias=False), (1, 4, 3)
        ),
        layer("ConvTranspose2d", lambda: nn.ConvTranspose2d(2, 3, (2, 3)), (1, 2, 3, 2)),
        layer("ConvTranspose2d", lambda: nn.ConvTranspose2d(2, 2, 2, stride=(2, 1), padding=(1, 0), output_padding=(1, 0)), (1, 2, 2, 3)),
        layer("ConvTranspose3d", lambda: nn.ConvTranspose3d(1, 2, 2), (1, 1, 2, 2, 2)),
    ],
)
