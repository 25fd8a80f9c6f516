#!/usr/bin/env python3
"""Writes layers_activation.safetensors: see layer_rows.py."""

import torch.nn.functional as F
from torch import nn

from layer_rows import layer, write

X = (2, 5)

write(
    __file__,
    [
        layer("ReLU", lambda: nn.ReLU(), X),
        layer("Sigmoid", lambda: nn.Sigmoid(), X),
        layer("Tanh", lambda: nn.Tanh(), X),
        layer("SiLU", lambda: nn.SiLU(), X),
        layer("Softplus", lambda: nn.Softplus(), X),
        layer("GELU", lambda: nn.GELU(), X),
        layer("GELU", lambda: nn.GELU("tanh"), X),
        layer("LeakyReLU", lambda: nn.LeakyReLU(), X),
        layer("LeakyReLU", lambda: nn.LeakyReLU(0.2), X),
        layer("ELU", lambda: nn.ELU(), X),
        layer("ELU", lambda: nn.ELU(0.7), X),
        layer("Softmax", lambda: nn.Softmax(-1), X),
        layer("Softmax", lambda: nn.Softmax(0), X),
        layer("LogSoftmax", lambda: nn.LogSoftmax(-1), X),
        layer("LogSoftmax", lambda: nn.LogSoftmax(0), X),
        layer("Softplus", lambda: nn.Softplus(0.5, 0.6), X),
        layer("ReLU6", lambda: nn.ReLU6(), X),
        layer("SELU", lambda: nn.SELU(), X),
        layer("CELU", lambda: nn.CELU(), X),
        layer("CELU", lambda: nn.CELU(2), X),
        layer("Mish", lambda: nn.Mish(), X),
        # PyTorch's rounds its gradient to float32, and has no second one.
        layer("Hardsigmoid", lambda: nn.Identity(), X, call=lambda module, x: F.relu6(x + 3) / 6),
        layer("Hardswish", lambda: nn.Hardswish(), X),
        layer("LogSigmoid", lambda: nn.LogSigmoid(), X),
        layer("Softsign", lambda: nn.Softsign(), X),
        layer("Tanhshrink", lambda: nn.Tanhshrink(), X),
        layer("Hardtanh", lambda: nn.Hardtanh(), X),
        layer("Hardtanh", lambda: nn.Hardtanh(-0.3, 1.5), X),
        layer("Hardshrink", lambda: nn.Hardshrink(), X),
        layer("Hardshrink", lambda: nn.Hardshrink(1), X),
        layer("Softshrink", lambda: nn.Softshrink(), X),
        layer("Softshrink", lambda: nn.Softshrink(1), X),
        layer("Threshold", lambda: nn.Threshold(0.5, -2), X),
        layer("RReLU", lambda: nn.RReLU(), X, training=False),
        layer("RReLU", lambda: nn.RReLU(0.1, 0.5), X, training=False),
        layer("PReLU", lambda: nn.PReLU(), X),
        layer("PReLU", lambda: nn.PReLU(3), (2, 3, 2)),
        layer("GLU", lambda: nn.GLU(), (2, 4)),
        layer("GLU", lambda: nn.GLU(0), (2, 3)),
        layer("Softmin", lambda: nn.Softmin(-1), X),
        layer("Softmin", lambda: nn.Softmin(0), X),
        layer("Softmax2d", lambda: nn.Softmax2d(), (2, 3, 1, 2)),
        layer("Softmax2d", lambda: nn.Softmax2d(), (3, 1, 2)),
    ],
)
