#!/usr/bin/env python3
"""Writes layers_recurrent.safetensors: see layer_rows.py."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from layer_rows import layer, write

LENGTHS = torch.tensor([2, 4, 1])


def of_lengths(module, x, lengths, *state):
    packed = pack_padded_sequence(x, lengths, batch_first=module.batch_first, enforce_sorted=False)
    output, last = module(packed, *([state if len(state) == 2 else state[0]] if state else []))
    return pad_packed_sequence(output, batch_first=module.batch_first)[0], last


def with_state(module, x, *state):
    return module(x, state)


class OneBias(nn.Module):
    """Keras's LSTM (torch's with one bias), from a state of 0."""

    def __init__(self, inputs, hidden):
        super().__init__()
        self.weight_ih_l0 = nn.Parameter(torch.rand(4 * hidden, inputs))
        self.weight_hh_l0 = nn.Parameter(torch.rand(4 * hidden, hidden))
        self.bias_ih_l0 = nn.Parameter(torch.rand(4 * hidden))

    def forward(self, x):
        h = c = torch.zeros(x.shape[1], self.weight_hh_l0.shape[1])
        outputs = []
        for each in x:
            h, c = torch.lstm_cell(each, (h, c), self.weight_ih_l0, self.weight_hh_l0, self.bias_ih_l0, torch.zeros_like(self.bias_ih_l0))
            outputs.append(h)
        return torch.stack(outputs), h[None], c[None]


class ResetBefore(nn.Module):
    """Keras's GRU with reset_after=False, in torch's layout: a cell or, with the suffix, a layer from a state of 0."""

    def __init__(self, inputs, hidden, suffix=""):
        super().__init__()
        shapes = {"weight_ih": (3 * hidden, inputs), "weight_hh": (3 * hidden, hidden), "bias_ih": (3 * hidden,)}
        for name, shape in shapes.items():
            self.register_parameter(name + suffix, nn.Parameter(torch.rand(shape)))

    def step(self, x, h):
        (w_r, w_z, w_n), (u_r, u_z, u_n), (b_r, b_z, b_n) = [p.chunk(3) for p in self.parameters()]
        r = torch.sigmoid(x @ w_r.T + b_r + h @ u_r.T)
        z = torch.sigmoid(x @ w_z.T + b_z + h @ u_z.T)
        n = torch.tanh(x @ w_n.T + b_n + (r * h) @ u_n.T)
        return z * h + (1 - z) * n

    def forward(self, x, h=None):
        if h is not None:
            return self.step(x, h)
        h = torch.zeros(x.shape[1], list(self.parameters())[1].shape[1])
        outputs = []
        for each in x:
            h = self.step(each, h)
            outputs.append(h)
        return torch.stack(outputs), h[None]


X, H = (4, 3, 3), (3, 2)  # [steps, batch, features]
two = dict(num_layers=2, bidirectional=True)
write(
    __file__,
    [
        layer("RNNCell", lambda: nn.RNNCell(3, 2), (3, 3), H),
        layer("RNNCell", lambda: nn.RNNCell(3, 2, bias=False, nonlinearity="relu"), (3, 3)),
        layer("LSTMCell", lambda: nn.LSTMCell(3, 2), (3, 3), H, H, call=with_state),
        layer("LSTMCell", lambda: nn.LSTMCell(3, 2, bias=False), (3,)),
        layer("GRUCell", lambda: nn.GRUCell(3, 2), (3, 3), H),
        layer("GRUCell", lambda: nn.GRUCell(3, 2), (3,)),
        layer("GRUCell", lambda: ResetBefore(3, 2), (3, 3), H),
        layer("RNN", lambda: nn.RNN(3, 2), X),
        layer("RNN", lambda: nn.RNN(3, 2, nonlinearity="relu", bias=False, **two), X, (4, 3, 2)),
        layer("RNN", lambda: nn.RNN(3, 2, batch_first=True, bidirectional=True), (3, 4, 3), LENGTHS, call=of_lengths),
        layer("LSTM", lambda: nn.LSTM(3, 2), X),
        layer("LSTM", lambda: nn.LSTM(3, 2, **two), X, (4, 3, 2), (4, 3, 2), call=with_state),
        layer("LSTM", lambda: nn.LSTM(3, 2, batch_first=True, bias=False, **two), (3, 4, 3), LENGTHS, call=of_lengths),
        layer("LSTM", lambda: nn.LSTM(3, 4, proj_size=2, **two), X, LENGTHS, (4, 3, 2), (4, 3, 4), call=of_lengths),
        layer("LSTM", lambda: nn.LSTM(3, 2, **two), (4, 3)),
        layer("LSTM", lambda: nn.LSTM(3, 2, num_layers=2, dropout=0.5), X, training=False),
        layer("LSTM", lambda: OneBias(3, 2), X),
        layer("GRU", lambda: nn.GRU(3, 2), X),
        layer("GRU", lambda: nn.GRU(3, 2, **two), X, LENGTHS, (4, 3, 2), call=of_lengths),
        layer("GRU", lambda: nn.GRU(3, 2, batch_first=True, bias=False), (3, 4, 3), (1, 3, 2)),
        layer("GRU", lambda: nn.GRU(3, 2), (4, 3), (1, 2)),
        layer("GRU", lambda: ResetBefore(3, 2, "_l0"), X),
    ],
)
