#!/usr/bin/env python3
"""Writes layers_activation.safetensors: see layer_rows.py."""

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
    ],
)
