#!/usr/bin/env python3
"""Writes layers_normalization.safetensors: see layer_rows.py."""

from torch import nn
from torch.nn.utils.parametrizations import spectral_norm, weight_norm

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
        layer("LayerNorm", lambda: nn.LayerNorm(4), (2, 3, 4)),
        layer("BatchNorm3d", lambda: nn.BatchNorm3d(2), (2, 2, 1, 2, 2)),
        layer("BatchNorm3d", lambda: nn.BatchNorm3d(2, momentum=0.4), (2, 2, 1, 2, 2), training=False),
        layer("InstanceNorm1d", lambda: nn.InstanceNorm1d(3), (2, 3, 4)),
        layer("InstanceNorm1d", lambda: nn.InstanceNorm1d(3, 0.1, 0.4, True), (3, 4)),
        layer("InstanceNorm1d", lambda: nn.InstanceNorm1d(3, affine=True), (2, 3, 4), training=False),
        layer("InstanceNorm2d", lambda: nn.InstanceNorm2d(2, momentum=0.4, track_running_stats=True), (2, 2, 3, 2)),
        layer("InstanceNorm2d", lambda: nn.InstanceNorm2d(2, affine=True, track_running_stats=True), (2, 2, 3, 2), training=False),
        layer("InstanceNorm3d", lambda: nn.InstanceNorm3d(2), (2, 2, 1, 2, 2)),
        layer("InstanceNorm3d", lambda: nn.InstanceNorm3d(2, track_running_stats=True), (2, 1, 2, 2)),
        layer("GroupNorm", lambda: nn.GroupNorm(2, 4), (2, 4, 3)),
        layer("GroupNorm", lambda: nn.GroupNorm(3, 3, 0.1), (2, 3, 2, 2)),
        layer("GroupNorm", lambda: nn.GroupNorm(1, 4, affine=False), (3, 4)),
        layer("RMSNorm", lambda: nn.RMSNorm(4), (2, 3, 4)),
        layer("RMSNorm", lambda: nn.RMSNorm((3, 4), 0.1), (2, 3, 4)),
        layer("RMSNorm", lambda: nn.RMSNorm(4, elementwise_affine=False), (2, 4)),
        layer("LocalResponseNorm", lambda: nn.LocalResponseNorm(2), (2, 4, 3)),
        layer("LocalResponseNorm", lambda: nn.LocalResponseNorm(3, 0.5, 0.6, 2), (1, 4, 2, 2)),
        # PyTorch's second gradient is wrong.
        layer("WeightNorm", lambda: weight_norm(nn.Linear(3, 4)), (2, 3), second=False),
        layer("WeightNorm", lambda: weight_norm(nn.Linear(3, 4, bias=False)), (2, 3), second=False),
        layer("WeightNorm", lambda: weight_norm(nn.Conv2d(2, 3, 2, padding=1)), (1, 2, 3, 2), second=False),
        layer("SpectralNorm", lambda: spectral_norm(nn.Linear(3, 4)), (2, 3)),
        layer("SpectralNorm", lambda: spectral_norm(nn.Linear(3, 4), n_power_iterations=3, eps=0.1), (2, 3)),
        layer("SpectralNorm", lambda: spectral_norm(nn.Conv2d(2, 3, 2)), (1, 2, 3, 2)),
        layer("SpectralNorm", lambda: spectral_norm(nn.Conv2d(2, 3, 2)), (1, 2, 3, 2), training=False),
    ],
)
