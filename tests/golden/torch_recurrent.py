#!/usr/bin/env python3
"""Writes torch_recurrent.safetensors: see torch_rows.py."""

import torch
import torch.nn as nn
from torch.func import functional_call
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from torch_rows import row, write

X, H, SEQUENCE = (2, 3), (2, 2), (3, 2, 3)
SOME, SOME_REVERSED = [3, 1], [1, 3]
VF = torch._VF


def weights(gates, biases=True, hidden=2):
    rows = gates * hidden
    return [(rows, 3), (rows, hidden)] + ([(rows,), (rows,)] if biases else [])


def projected(x):
    return [x, (2, 1), (2, 2), (8, 3), (8, 1), (8,), (8,), (1, 2)]


def empty(gates, states, biases=True):
    """Batches of 0 and 1, no inputs and no features."""
    def shapes(batch, inputs, hidden):
        rows = gates * hidden
        own = [(rows, inputs), (rows, hidden)] + ([(rows,), (rows,)] if biases else [])
        return [(batch, inputs)] + states * [(batch, hidden)] + own
    return [shapes(0, 3, 2), shapes(1, 1, 1), shapes(2, 0, 2), shapes(1, 1, 9)]


def reset_before(x, h, w, u, b=0, c=0):
    n = 2 * h.shape[-1]
    r, z = torch.sigmoid(x @ w[:n].T + h @ u[:n].T + (b[:n] + c[:n] if torch.is_tensor(b) else 0)).chunk(2, -1)
    candidate = torch.tanh(x @ w[n:].T + (r * h) @ u[n:].T + (b[n:] + c[n:] if torch.is_tensor(b) else 0))
    return (1 - z) * candidate + z * h


def reset_before_sequence(x, h, *w):
    outputs = []
    for each in x:
        h = reset_before(each, h, *w)
        outputs.append(h)
    return torch.stack(outputs)


def run(kind, what, states, lengths=None, reverse=False, **options):
    """A module of PyTorch with its weights as inputs. In reverse it is the second direction of one with two."""
    def function(x, *given):
        hidden, own = list(given[:states]), list(given[states:])
        projects = len(own) == 5
        size = own[-1].shape[1] if projects else own[1].shape[1]
        module = kind(x.shape[-1], size, bias=len(own) > 2, bidirectional=reverse,
                      **({"proj_size": own[-1].shape[0]} if projects else {}), **options).double()
        names = [n for n, _ in module.named_parameters()]
        named = dict(zip(names, own + own if reverse else own))
        state = [torch.stack([h] * (2 if reverse else 1)) for h in hidden]
        state = tuple(state) if len(state) == 2 else state[0] if state else None
        packed = x if lengths is None else pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
        output, last = functional_call(module, named, (packed, state))
        if lengths is not None:
            output = pad_packed_sequence(output)[0]
        last = last if isinstance(last, tuple) else (last,)
        if what == "output":
            return output[..., output.shape[-1] // 2:] if reverse else output
        return last[("hidden", "cell").index(what)][-1]
    return function


ROWS = [
    row("rnn_cell", torch.rnn_tanh_cell, X, H, *weights(1), shapes=empty(1, 1)),
    row("rnn_cell", torch.rnn_tanh_cell, X, H, *weights(1, False)),
    row("rnn_cell", torch.rnn_relu_cell, X, H, *weights(1)),
    row("rnn_cell", lambda x, h, *w: torch.rnn_tanh_cell(x[None], h[None], *w)[0], (3,), (2,), *weights(1)),
    row("lstm_cell", lambda x, h, c, *w: torch.lstm_cell(x, (h, c), *w)[0], X, H, H, *weights(4), shapes=empty(4, 2)),
    row("lstm_cell", lambda x, h, c, *w: torch.lstm_cell(x, (h, c), *w)[1], X, H, H, *weights(4), shapes=empty(4, 2)),
    row("lstm_cell", lambda x, h, c, *w: torch.lstm_cell(x, (h, c), *w)[0], X, H, H, *weights(4, False)),
    row("lstm_cell", lambda x, h, c, *w: torch.lstm_cell(x[None], (h[None], c[None]), *w)[0][0], (3,), (2,), (2,), *weights(4)),
    row("lstm_cell", lambda x, *w: run(nn.LSTM, "hidden", 2)(x[None], *w), *projected(X)),
    row("gru_cell", torch.gru_cell, X, H, *weights(3), shapes=empty(3, 1)),
    row("gru_cell", torch.gru_cell, X, H, *weights(3, False)),
    row("gru_cell", lambda x, h, *w: torch.gru_cell(x[None], h[None], *w)[0], (3,), (2,), *weights(3)),
    row("gru_cell", reset_before, X, H, *weights(3), shapes=empty(3, 1)),
    row("gru_cell", reset_before, X, H, *weights(3, False)),
    row("rnn", run(nn.RNN, "output", 1), SEQUENCE, H, *weights(1)),
    row("rnn", run(nn.RNN, "hidden", 0, nonlinearity="relu"), SEQUENCE, *weights(1, False)),
    row("rnn", run(nn.RNN, "output", 1, SOME_REVERSED, True), SEQUENCE, H, *weights(1)),
    row("lstm", run(nn.LSTM, "output", 2), SEQUENCE, H, H, *weights(4)),
    row("lstm", run(nn.LSTM, "output", 2, None, True), SEQUENCE, H, H, *weights(4, False)),
    row("lstm", run(nn.LSTM, "output", 2, SOME), SEQUENCE, H, H, *weights(4, False)),
    row("lstm", run(nn.LSTM, "hidden", 2, SOME), SEQUENCE, H, H, *weights(4, False)),
    row("lstm", run(nn.LSTM, "cell", 2, SOME_REVERSED, True), SEQUENCE, H, H, *weights(4, False)),
    row("lstm", run(nn.LSTM, "output", 2, SOME), *projected(SEQUENCE)),
    row("gru", run(nn.GRU, "output", 1), SEQUENCE, H, *weights(3)),
    row("gru", run(nn.GRU, "output", 1, SOME_REVERSED, True), SEQUENCE, H, *weights(3)),
    row("gru", reset_before_sequence, SEQUENCE, H, *weights(3, False)),
]

write(__file__, ROWS)
