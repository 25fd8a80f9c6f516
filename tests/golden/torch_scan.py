#!/usr/bin/env python3
"""Writes torch_scan.safetensors: see torch_rows.py."""

import torch

from torch_rows import WithZeros, row, write

X, VECTOR = (2, 3, 4), (9,)
SHAPES = [[(2, 1, 3)], [(2, 0, 3)]]
SUMMED = [torch.bool, torch.uint8, torch.int32, torch.int64]

ROWS = []
for axis in (0, 1, -1):
    how = dict(shapes=SHAPES) if axis == 1 else {}
    special = dict(special=True, ties=True, dtypes=SUMMED)
    ROWS += [
        row("cumsum", lambda x, a=axis: x.cumsum(a), X, special=True, dtypes=SUMMED, **how),
        row("cumprod", lambda x, a=axis: x.cumprod(a), X, ties=True, dtypes=SUMMED, **how),
        row("logcumsumexp", lambda x, a=axis: x.logcumsumexp(a), X, special=True, **how),
        row("cummax", lambda x, a=axis: x.cummax(a)[0], X, **special, **how),
        row("cummin", lambda x, a=axis: x.cummin(a)[0], X, **special, **how),
        row("cummax", lambda x, a=axis: x.cummax(a)[1], X, **special, **how),
        row("cummin", lambda x, a=axis: x.cummin(a)[1], X, **special, **how),
        row("diff", lambda x, a=axis: x.diff(1, a), X, special=True, dtypes=SUMMED, **how),
    ]
ROWS += [
    row("cumprod", lambda x: x.cumprod(1), WithZeros((2, 5), places=(2,))),
    row("cumprod", lambda x: x.cumprod(1), WithZeros((2, 5), places=(1, 3))),
    row("cumsum", lambda x: x.cumsum(0), VECTOR, special=True, dtypes=SUMMED),
    row("cumprod", lambda x: x.cumprod(0), VECTOR, dtypes=SUMMED),
    row("logcumsumexp", lambda x: x.logcumsumexp(0), VECTOR, special=True),
    row("diff", lambda x: x.diff(2), X, dtypes=[torch.bool]),
    row("diff", lambda x: x.diff(0), X),
    row("diff", lambda x: x.diff(3, 0), X),
    row("trapezoid", lambda x: torch.trapezoid(x, dx=0.5, dim=1), X, shapes=SHAPES[:1]),
    row("trapezoid", lambda y, x: torch.trapezoid(y, x, dim=1), X, (3,)),
    row("cumulative_trapezoid", lambda x: torch.cumulative_trapezoid(x, dx=2), X),
    row("cumulative_trapezoid", lambda y, x: torch.cumulative_trapezoid(y, x), X, X),
]

write(__file__, ROWS)
