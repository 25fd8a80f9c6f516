#!/usr/bin/env python3
"""Writes torch_regression_loss.safetensors: see torch_rows.py. Keras's losses are their definitions in PyTorch."""

import math

import torch
import torch.nn.functional as F

from torch_rows import Input, row, write

X, POSITIVE = (2, 3), Input((2, 3), 0.2, 3)
FACTORS = torch.tensor([[0.5, 2.0, 1.0], [1.0, 0.0, 3.0]], dtype=torch.float64)
ENDS = [[(0, 3), (0, 3)], [(), ()]]
REDUCED = {"mean": torch.mean, "sum": torch.sum, "none": lambda x: x}


def percentage(x, t):
    return 100 * ((x - t) / t.abs().clamp_min(1e-7)).abs()


def squared_logarithmic(x, t):
    return (torch.log1p(x.clamp_min(1e-7)) - torch.log1p(t.clamp_min(1e-7))) ** 2


def log_cosh(x, t):
    return torch.logaddexp(x - t, t - x) - math.log(2)


def rows(reduction):
    how, reduced = {"reduction": reduction}, REDUCED[reduction]
    # Twice each: the rows in tests/autograd are for x below and above the target.
    for more in (dict(shapes=ENDS, special=reduction == "none", ties=True), {}):
        yield row("mse_loss", lambda x, t: F.mse_loss(x, t, **how), X, X, **more)
        yield row("l1_loss", lambda x, t: F.l1_loss(x, t, **how), X, X, **more)
        for delta in (0.05, 2.0):
            yield row("huber_loss", lambda x, t, d=delta: F.huber_loss(x, t, delta=d, **how), X, X, **more)
            yield row("smooth_l1_loss", lambda x, t, d=delta: F.smooth_l1_loss(x, t, beta=d, **how), X, X, **more)
        yield row("smooth_l1_loss", lambda x, t: F.smooth_l1_loss(x, t, beta=0, **how), X, X, **more)
    for name in ("mse_loss", "l1_loss", "huber_loss"):
        yield row(name, lambda x, t, loss=getattr(F, name): loss(x, t, weight=FACTORS, **how), X, X)
    yield row("log_cosh_loss", lambda x, t: reduced(log_cosh(x, t)), X, X, shapes=ENDS)
    yield row("mean_absolute_percentage_error", lambda x, t: reduced(percentage(x, t)), X, POSITIVE, shapes=ENDS, ties=True)
    yield row("mean_squared_logarithmic_error", lambda x, t: reduced(squared_logarithmic(x, t)), X, POSITIVE, shapes=ENDS)
    yield row("poisson_nll_loss", lambda x, t: F.poisson_nll_loss(x, t, **how), X, POSITIVE, shapes=ENDS)
    rates = lambda x, t: F.poisson_nll_loss(x, t, log_input=False, full=True, **how)
    yield row("poisson_nll_loss", rates, POSITIVE, POSITIVE, shapes=ENDS)
    for shape in ((2, 3), (2, 1), (2,)):
        gaussian = lambda x, t, v: F.gaussian_nll_loss(x, t, v, full=True, **how)
        yield row("gaussian_nll_loss", gaussian, X, X, Input(shape, 0.2, 2), ties=True)
    yield row("gaussian_nll_loss", lambda x, t: F.gaussian_nll_loss(x, t, 0.7, **how), X, X, shapes=ENDS)


write(__file__, [each for reduction in REDUCED for each in rows(reduction)])
