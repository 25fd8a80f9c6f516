#!/usr/bin/env python3
"""Writes torch_arithmetic.safetensors: see torch_rows.py."""

import torch

from torch_rows import Input, row, write

X = (2, 3)
MASK = Input(X, dtype=torch.bool)
WHOLE = [torch.uint8, torch.int32, torch.int64]
ALL = [torch.bool, *WHOLE]


def binary(name, function, low=0.5, high=2.0, dtypes=ALL, special=True, **more):
    x = Input(X, low, high)
    return row(name, function, x, x, shapes=[[(3, 1), (1, 2)], [(2,), ()]], dtypes=dtypes, special=special, **more)


def unary(name, function, low=-2, high=2, dtypes=(), special=True, **more):
    return row(name, function, Input(X, low, high), shapes=[[()]], dtypes=dtypes, special=special, **more)


def extremum(name):
    """Integers as they are: PyTorch refuses bools."""
    return binary(name, getattr(torch, name), -2, 2, dtypes=WHOLE, ties=True)


def whole(x):
    """No zeros among integers, which cannot be divided by them."""
    return x if x.is_floating_point() else x.abs() + 1


ROWS = [
    binary("operator+", lambda a, b: a + b),
    binary("operator-", lambda a, b: a - b, dtypes=WHOLE),
    binary("operator*", lambda a, b: a * b, -2, 2),
    binary("operator/", lambda a, b: a / b),
    binary("pow", lambda a, b: a**b, dtypes=WHOLE),
    binary("maximum", torch.maximum, -2, 2, ties=True),
    binary("minimum", torch.minimum, -2, 2, ties=True),
    unary("operator+", lambda x: 3 + (x + 1), dtypes=ALL),
    unary("operator-", lambda x: 3 - (x - 1), dtypes=WHOLE),
    unary("operator*", lambda x: 3 * (x * 1.5), dtypes=ALL),
    unary("operator/", lambda x: 3 / x + x / 3, 0.5, 2, dtypes=ALL),
    unary("operator-", lambda x: -x, dtypes=WHOLE),
    unary("pow", lambda x: x**3, dtypes=ALL),
    unary("pow", lambda x: x**2 + x**1 + x**0, dtypes=ALL),
    unary("pow", lambda x: x**-1.5, 0.5, 2, dtypes=ALL),
    unary("pow", lambda x: 2**x, dtypes=WHOLE[:1]),
    unary("maximum", lambda x: torch.maximum(x, torch.tensor(0.3, dtype=torch.float64))),
    unary("minimum", lambda x: torch.minimum(x, torch.tensor(0.3, dtype=torch.float64))),
    row("where", torch.where, MASK, X, X, shapes=[[(3, 1), (1, 2), ()]], special=True),
    row("where", lambda c, x: torch.where(c, x, 1) + torch.where(c, 2, x), MASK, X, special=True),
    unary("clip", lambda x: x.clip(-0.7, 0.9), dtypes=WHOLE),
    unary("clip", lambda x: x.clip(0.1), dtypes=WHOLE),
    row("clip", torch.clip, X, Input(X, -1, -0.6), Input(X, 0.6, 1), shapes=[[(3, 1), (2,), ()]], dtypes=WHOLE, ties=True),
    extremum("fmax"),
    extremum("fmin"),
    binary("floor_divide", lambda a, b: torch.div(a, whole(b), rounding_mode="floor"), -4, 4, dtypes=[]),
    binary("remainder", torch.remainder, -4, 4, dtypes=[]),
    binary("fmod", torch.fmod, -4, 4, dtypes=[]),
    unary("remainder", lambda x: x.remainder(-3), -9, 9, dtypes=WHOLE[1:]),
    row("lerp", torch.lerp, X, X, Input(X, -1, 2), shapes=[[(3, 1), (1, 2), ()]]),
    row("lerp", lambda a, b: a.lerp(b, 0.7), X, X, shapes=[[(3, 1), (1, 2)]]),
    row("addcmul", lambda x, a, b: x.addcmul(a, b, value=-0.5), X, X, X, shapes=[[(3, 1), (1, 2), ()]], special=True),
    row("addcdiv", lambda x, a, b: x.addcdiv(a, b, value=2), X, X, X, shapes=[[(3, 1), (1, 2), ()]], special=True),
    row("to", lambda x: x.float().double(), X, special=True, float32=False),
]

write(__file__, ROWS)
