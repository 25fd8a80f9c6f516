#!/usr/bin/env python3
"""Writes torch_reduce.safetensors: see torch_rows.py."""

import torch

from torch_rows import WithZeros, row, write

X = (2, 3, 2)
INTEGERS = [torch.bool, torch.uint8, torch.int32, torch.int64]
EMPTY = [[(2, 0, 2)]]


def one_by_one(reduce):
    """For functions of one axis: several axes, the last first."""

    def function(x, axes=None, keepdim=False):
        if axes is None:
            return reduce(x)
        for axis in sorted((a % x.dim() for a in (axes if isinstance(axes, tuple) else (axes,))), reverse=True):
            x = reduce(x, axis, keepdim)
        return x

    return function


def reduction(name, function, empty=True, **how):
    calls = [(None, False), (-1, True), (1, False), ((2, 0), False)]
    rows = [row(name, lambda x: function(x, None, False), X, shapes=EMPTY if empty else (), **how)]
    for axes, keepdim in calls[1:]:
        rows.append(row(name, lambda x, axes=axes, keepdim=keepdim: function(x, axes, keepdim), X))
    return rows + [row(name, lambda x: function(x, None, False), ())]


def extremum(function):
    return lambda x, axes, keepdim: function(x) if axes is None else function(x, axes, keepdim)


def moments():
    for correction in (0, 1):
        for axes in (None, 0, (-1, 0)):
            how = dict(dim=axes, keepdim=correction == 0, correction=correction)
            yield row("var", lambda x, how=how: x.var(**how), X, shapes=[[(1, 3, 1)]], special=True)
            yield row("stddev", lambda x, how=how: x.std(**how), X)
    yield row("var_mean", lambda x: torch.var_mean(x, 1)[0], X)
    yield row("var_mean", lambda x: torch.var_mean(x, None, correction=0, keepdim=True)[1], X)
    yield row("cov", lambda x: x.cov(), (3, 4))
    yield row("cov", lambda x: x.cov(correction=0), (5,))
    for p in (2, 1, 0, 3, 1.5, 0.5, -1, float("inf"), -float("inf")):
        yield row("norm", lambda x, p=p: torch.linalg.vector_norm(x, p), X, special=p != 0.5, ties=p >= 0)
        yield row("norm", lambda x, p=p: torch.linalg.vector_norm(x, p, (0, 2), True), X)


def positions():
    for axis in (1, -1):
        keepdim = axis == -1
        how = dict(special=True, ties=True, dtypes=[torch.int32, torch.uint8])
        for name, function in (("max_with_indices", torch.max), ("min_with_indices", torch.min)):
            for i in (0, 1):
                yield row(name, lambda x, a=axis, k=keepdim, f=function, i=i: f(x, a, k)[i], X, **how)
        for name, function in (("argmax", torch.argmax), ("argmin", torch.argmin)):
            yield row(name, lambda x, a=axis, k=keepdim, f=function: f(x, a, k), X, **how)
    yield row("argmax", lambda x: x.argmax(), X, **how)
    yield row("argmin", lambda x: x.argmin(), X, **how)


def quantiles():
    q = lambda *numbers: torch.tensor(numbers, dtype=torch.float64)
    yield row("median", lambda x: x.median(), X, special=True, ties=True, dtypes=[torch.int32, torch.uint8])
    yield row("median", lambda x: x.median(1)[0], X, special=True, dtypes=[torch.int64])
    yield row("median", lambda x: x.median(0, True)[0], X)
    yield row("median", lambda x: x.median(1)[1], X)
    yield row("quantile", lambda x: x.quantile(0.3), X, shapes=[[(1, 1, 1)], [(5, 2, 3)]])
    yield row("quantile", lambda x: x.quantile(0.8, 1, True), X, special=True)
    yield row("quantile", lambda x: x.quantile(q(0.9, 0, 0.5, 1), -1), (2, 5))
    for how in ("lower", "higher", "midpoint", "nearest"):
        yield row("quantile", lambda x, how=how: x.quantile(q(0.3, 0.5, 0.1), 1, interpolation=how), (2, 6))


ROWS = [
    *reduction("sum", lambda x, axes, keepdim: x.sum(axes, keepdim), dtypes=INTEGERS, special=True),
    *reduction("mean", lambda x, axes, keepdim: x.mean(axes, keepdim), special=True),
    *reduction(
        "max", lambda x, axes, keepdim: x.max() if axes is None else x.amax(axes, keepdim), False,
        dtypes=INTEGERS[1:], special=True, ties=True,
    ),
    *reduction(
        "min", lambda x, axes, keepdim: x.min() if axes is None else x.amin(axes, keepdim), False,
        dtypes=INTEGERS[1:], special=True, ties=True,
    ),
    *reduction(
        "logsumexp", lambda x, axes, keepdim: x.logsumexp(tuple(range(x.dim())) if axes is None else axes, keepdim),
        False, special=True,
    ),
    *reduction("prod", lambda x, axes, keepdim: one_by_one(torch.prod)(x, axes, keepdim), dtypes=INTEGERS, ties=True),
    *reduction("nansum", lambda x, axes, keepdim: x.nansum(axes, keepdim), dtypes=[torch.int32], special=True),
    *reduction("nanmean", lambda x, axes, keepdim: x.nanmean(axes, keepdim), special=True),
    # Of uint8 PyTorch's are uint8.
    *reduction(
        "any", lambda x, axes, keepdim: (x.any() if axes is None else x.any(axes, keepdim)).bool(), dtypes=INTEGERS, special=True,
        ties=True,
    ),
    *reduction(
        "all", lambda x, axes, keepdim: (x.all() if axes is None else x.all(axes, keepdim)).bool(), dtypes=INTEGERS, special=True,
        ties=True,
    ),
    *reduction(
        "count_nonzero",
        lambda x, axes, keepdim: x.count_nonzero(axes).unsqueeze(-1) if keepdim else x.count_nonzero(axes),
        dtypes=INTEGERS, special=True, ties=True,
    ),
    row("prod", lambda x: x.prod(1), WithZeros((2, 5), places=(2,))),
    row("prod", lambda x: x.prod(1), WithZeros((2, 5), places=(1, 3))),
    *moments(),
    *positions(),
    *quantiles(),
]
for axis in (0, 1, -1):
    ROWS.append(row("softmax", lambda x, axis=axis: x.softmax(axis), (2, 3, 4), special=axis == 0))
    ROWS.append(row("log_softmax", lambda x, axis=axis: x.log_softmax(axis), (2, 3, 4), special=axis == 0))
for target in ((), (2,), (3, 1), (1, 1, 2), (1, 3, 2), (1,)):
    ROWS.append(row("sum_to", lambda x, target=target: x.sum_to_size(target), (4, 3, 2)))
ROWS.append(row("sum_to", lambda x: x.sum_to_size((2, 3)), (2, 3)))

write(__file__, ROWS)
