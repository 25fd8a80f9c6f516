#!/usr/bin/env python3
"""Writes torch_math.safetensors: see torch_rows.py."""

import torch

from torch_rows import Input, row, write

X = (2, 3)
WHOLE = [torch.uint8, torch.int32, torch.int64]
ALL = [torch.bool, *WHOLE]


def unary(name, function, low, high, dtypes=ALL, special=True, **more):
    return row(name, function, Input(X, low, high), shapes=[[()], [(0, 2)]], dtypes=dtypes, special=special, **more)


def binary(name, function, low=0.5, high=2.0, dtypes=ALL, special=True, **more):
    x = Input(X, low, high)
    return row(name, function, x, x, shapes=[[(3, 1), (1, 2)], [(2,), ()]], dtypes=dtypes, special=special, **more)


def sign(x):
    """With NaN as it is."""
    return torch.where(x.isnan(), x, x.sign()) if x.is_floating_point() else x.sign()


def cbrt(x):
    return torch.where(x < 0, -1, 1) * x.abs() ** (1 / 3)


class Digamma(torch.autograd.Function):
    """With all digits of the gradient: torch.polygamma(1, x) has eight."""

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return torch.digamma(x)

    @staticmethod
    def backward(context, g):
        return g * trigamma(context.saved_tensors[0])


class Lgamma(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return torch.lgamma(x)

    @staticmethod
    def backward(context, g):
        return g * Digamma.apply(context.saved_tensors[0])


def trigamma(x):
    return torch.special.zeta(torch.tensor(2, dtype=x.dtype if x.is_floating_point() else torch.float32), x)


def hypot(a, b):
    return torch.hypot(a, b) if a.is_floating_point() else torch.hypot(a.float(), b.float())


ROWS = [
    unary("exp", torch.exp, -2, 2),
    unary("exp2", torch.exp2, -2, 2),
    unary("expm1", torch.expm1, -2, 2),
    unary("log", torch.log, 0.5, 2),
    unary("log2", torch.log2, 0.5, 2),
    unary("log10", torch.log10, 0.5, 2),
    unary("log1p", torch.log1p, -0.5, 2),
    binary("logaddexp", torch.logaddexp, -2, 2, dtypes=[]),
    binary("xlogy", torch.xlogy),
    unary("logit", torch.logit, 0.1, 0.9),
    unary("square", torch.square, -2, 2, dtypes=WHOLE),
    unary("sqrt", torch.sqrt, 0.5, 2),
    unary("rsqrt", torch.rsqrt, 0.5, 2),
    unary("cbrt", cbrt, 0.5, 2, dtypes=WHOLE),
    unary("cbrt", cbrt, -2, -0.5, dtypes=[]),
    unary("reciprocal", torch.reciprocal, 0.5, 2),
    unary("reciprocal", torch.reciprocal, -2, -0.5),
    binary("hypot", hypot, -2, 2),
    unary("sin", torch.sin, -4, 4),
    unary("cos", torch.cos, -4, 4),
    unary("tan", torch.tan, -1.2, 1.2),
    unary("asin", torch.asin, -0.8, 0.8),
    unary("acos", torch.acos, -0.8, 0.8),
    unary("atan", torch.atan, -4, 4),
    binary("atan2", torch.atan2, -2, 2),
    binary("atan2", torch.atan2, -2, -0.5),
    unary("sinc", torch.sinc, -2, 2),
    unary("sinh", torch.sinh, -2, 2),
    unary("cosh", torch.cosh, -2, 2),
    unary("asinh", torch.asinh, -2, 2),
    unary("acosh", torch.acosh, 1.5, 3),
    unary("atanh", torch.atanh, -0.8, 0.8),
    unary("erf", torch.erf, -2, 2),
    unary("erfc", torch.erfc, -2, 2),
    unary("erfinv", torch.erfinv, -0.8, 0.8),
    unary("lgamma", Lgamma.apply, 0.5, 4),
    unary("lgamma", Lgamma.apply, -20, 20),
    unary("digamma", Digamma.apply, 0.5, 4, special=False),
    unary("digamma", Digamma.apply, -20, 20),
    unary("polygamma", trigamma, 0.5, 30, dtypes=[torch.bool], special=False),
    unary("polygamma", lambda x: torch.polygamma(4, x), 0.5, 30, dtypes=[torch.bool], special=False),
    unary("polygamma", Digamma.apply, 0.5, 4, special=False),
    unary("abs", torch.abs, -2, 2, dtypes=WHOLE, ties=True),
    unary("abs", torch.abs, -2, -0.5, dtypes=[]),
    unary("sign", sign, -2, 2, dtypes=WHOLE, ties=True),
    unary("sign", sign, -2, -0.5, dtypes=[]),
    binary("copysign", torch.copysign, -2, 2, ties=True),
    binary("copysign", torch.copysign, -2, -0.5, dtypes=[]),
    unary("floor", torch.floor, -4, 4, dtypes=WHOLE, ties=True),
    unary("ceil", torch.ceil, -4, 4, dtypes=WHOLE, ties=True),
    unary("round", torch.round, -4, 4, dtypes=WHOLE, ties=True),
    unary("trunc", torch.trunc, -4, 4, dtypes=WHOLE, ties=True),
    unary("frac", torch.frac, -4, 4, dtypes=[]),
    unary("nan_to_num", torch.nan_to_num, -2, 2, dtypes=WHOLE),
    unary("nan_to_num", lambda x: torch.nan_to_num(x, 2, 3, -4), -2, 2, dtypes=WHOLE),
]

write(__file__, ROWS)
