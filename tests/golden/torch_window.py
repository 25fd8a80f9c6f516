#!/usr/bin/env python3
"""Writes torch_window.safetensors: see torch_rows.py."""

import torch
import torch.nn.functional as F

from torch_rows import row, write

PLAIN = {"kernel_size": (2, 3)}
ALL = {"kernel_size": 2, "stride": (1, 2), "padding": (1, 0), "dilation": (2, 1)}
ROWS = [
    row("unfold", lambda x: x.unfold(1, 3, 2), (2, 7), dtypes=[torch.int64], shapes=[[(0, 7)]]),
    row("unfold", lambda x: x.unfold(0, 4, 1), (4, 3)),
    row("unfold", lambda x: x.unfold(-2, 2, 3), (2, 5, 2)),
    row("unfold2d", lambda x: F.unfold(x, **PLAIN), (2, 2, 3, 4)),
    row("unfold2d", lambda x: F.unfold(x, **ALL), (1, 2, 4, 4)),
    row("fold2d", lambda x: F.fold(x, (3, 4), **PLAIN), (1, 12, 4)),
    row("fold2d", lambda x: F.fold(x, (4, 4), **ALL), (1, 8, 8)),
]

write(__file__, ROWS)
