#!/usr/bin/env python3
"""Writes torch_logic.safetensors: see torch_rows.py."""

import torch

from torch_rows import Input, row, write

X, SHAPES = (2, 3), [[(3, 1), (1, 4)], [(2,), ()], [(0, 2), (2,)]]
BITS = Input(X, -9, 9, torch.int64)
SMALL = [torch.bool, torch.uint8, torch.int32, torch.int64]
ALL = [*SMALL, torch.float32]


def bits(name, function, dtypes=SMALL):
    return row(name, function, BITS, BITS, shapes=SHAPES, dtypes=dtypes, float32=False)


def logical(name, function, count=2):
    return row(name, function, *[X] * count, shapes=[s[:count] for s in SHAPES], dtypes=ALL, special=True, ties=True)


ROWS = [
    bits("operator&", lambda a, b: a & b),
    bits("operator|", lambda a, b: a | b),
    bits("operator^", lambda a, b: a ^ b),
    row("operator&", lambda a: (a & 6) | 8, BITS, dtypes=SMALL, float32=False),
    row("operator~", lambda a: ~a, BITS, dtypes=SMALL, float32=False),
    row("operator!", lambda a: ~a, Input(X, dtype=torch.bool), float32=False),
    bits("bitwise_left_shift", lambda a, b: a << b, SMALL[1:]),
    bits("bitwise_right_shift", lambda a, b: a >> b, SMALL[1:]),
    logical("logical_and", torch.logical_and),
    logical("logical_or", torch.logical_or),
    logical("logical_xor", torch.logical_xor),
    logical("logical_not", torch.logical_not, 1),
    logical("isnan", torch.isnan, 1),
    logical("isinf", torch.isinf, 1),
    logical("isfinite", torch.isfinite, 1),
    logical("signbit", torch.signbit, 1),
    logical("isclose", torch.isclose),
    logical("isclose", lambda a, b: torch.isclose(a, b, rtol=0.2, atol=0.1, equal_nan=True)),
]

write(__file__, ROWS)
