#!/usr/bin/env python3
"""Writes torch_arrange.safetensors: see torch_rows.py."""

import torch
import torch.nn.functional as F

from torch_rows import row, write

X, SQUARE, VECTOR = (2, 3, 4), (4, 4), (5,)
ROWS = [
    row("narrow", lambda x: x.narrow(1, 1, 2), X),
    row("narrow", lambda x: x.narrow(-1, -3, 2), X),
    row("split", lambda x: x.split(3, -1)[1], X),
    row("split", lambda x: x.split([1, 0, 2], 1)[2], X),
    row("chunk", lambda x: x.chunk(2)[1], VECTOR),
    row("unbind", lambda x: x.unbind(1)[2], X),
    row("movedim", lambda x: x.movedim(0, -1), X),
    row("movedim", lambda x: x.movedim((0, 1), (2, 0)), X),
    row("unflatten", lambda x: x.unflatten(-1, (2, -1)), X),
    row("broadcast_tensors", lambda x, y: torch.broadcast_tensors(x, y)[1], VECTOR, (2, 1)),
    row("meshgrid", lambda x, y: torch.meshgrid(x, y, indexing="ij")[1], VECTOR, (3,)),
    row("flip", lambda x: x.flip(1), X),
    row("flip", lambda x: x.flip(0, -1), X),
    row("roll", lambda x: x.roll(1, 2), X),
    row("roll", lambda x: x.roll((-4, 7), (1, -1)), X),
    row("tile", lambda x: x.tile(2, 3), X),
    row("tile", lambda x: x.tile(2, 1, 2), VECTOR),
    row("repeat_interleave", lambda x: x.repeat_interleave(3, 1), X),
    row("hstack", lambda x, y: torch.hstack((x, y)), X, (2, 1, 4)),
    row("hstack", lambda x, y: torch.hstack((x, y)), VECTOR, (2,)),
    row("vstack", lambda x, y: torch.vstack((x, y)), VECTOR, (2, 5)),
    row("pad", lambda x: F.pad(x, (0, 3, 1, 2), "constant", 0.5), X),
    row("pad", lambda x: F.pad(x, (3, 2), "reflect"), X),
    row("pad", lambda x: F.pad(x, (5, 2), "replicate"), X),
    row("pad", lambda x: F.pad(x, (4, 1), "circular"), X),
    row("tril", lambda x: x.tril(), SQUARE),
    row("tril", lambda x: x.tril(1), X),
    row("triu", lambda x: x.triu(-1), X),
    row("diagonal", lambda x: x.diagonal(), X),
    row("diagonal", lambda x: x.diagonal(-1, 2, 0), X),
    row("diag_embed", lambda x: x.diag_embed(1), X),
    row("diag", lambda x: x.diag(-2), VECTOR),
    row("diag", lambda x: x.diag(1), SQUARE),
    row("trace", lambda x: x.trace(), (3, 5)),
]

write(__file__, ROWS)
