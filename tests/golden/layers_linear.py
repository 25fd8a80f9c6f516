#!/usr/bin/env python3
"""Writes layers_linear.safetensors: see layer_rows.py."""

import torch
from torch import nn

from layer_rows import layer, write

write(
    __file__,
    [
        layer("Linear", lambda: nn.Linear(3, 4), (2, 3)),
        layer("Linear", lambda: nn.Linear(3, 4, bias=False), (2, 2, 3)),
        layer("Linear", lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU()), (5, 3), call=lambda m, x: m(x)),
        layer("Flatten", lambda: nn.Flatten(), (2, 3, 2)),
        layer("Flatten", lambda: nn.Flatten(2), (2, 3, 2, 2)),
        layer("Identity", lambda: nn.Identity(), (2, 3)),
        layer("Dropout", lambda: nn.Dropout(0.5), (2, 3), training=False),
        layer("Sequential", lambda: nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)), (2, 3)),
        layer("Dropout1d", lambda: nn.Dropout1d(), (2, 3, 2), training=False),
        layer("Dropout2d", lambda: nn.Dropout2d(0.2), (2, 3, 1, 2), training=False),
        layer("Dropout3d", lambda: nn.Dropout3d(), (1, 2, 1, 2, 2), training=False),
        layer("AlphaDropout", lambda: nn.AlphaDropout(), (2, 3), training=False),
        layer("FeatureAlphaDropout", lambda: nn.FeatureAlphaDropout(), (2, 3), training=False),
        layer("GaussianDropout", lambda: nn.Identity(), (2, 3)),  # Keras's; in evaluation
        layer("GaussianNoise", lambda: nn.Identity(), (2, 3)),
        layer("Bilinear", lambda: nn.Bilinear(3, 4, 2), (2, 3), (2, 4)),
        layer("Bilinear", lambda: nn.Bilinear(3, 2, 2, bias=False), (2, 1, 3), (2, 1, 2)),
        layer("Unflatten", lambda: nn.Unflatten(1, (2, -1)), (2, 6, 2)),
    ],
)
