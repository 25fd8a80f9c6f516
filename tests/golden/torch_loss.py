#!/usr/bin/env python3
"""Writes torch_loss.safetensors: see torch_rows.py."""

import torch
import torch.nn.functional as F

from torch_rows import Input, row, write

X, P = (2, 3), Input((2, 3), 0.05, 0.95)
LABELS = torch.tensor([2, 0, -100, 1])
ENDS = [[(0, 3), (0, 3)], [(), ()]]


def rows(reduction):
    how = {"reduction": reduction}

    def cross_entropy(smoothing, labels, shape, **more):
        function = lambda x: F.cross_entropy(x, labels, label_smoothing=smoothing, **how)
        return row("cross_entropy", function, shape, **more)

    for smoothing in (0, 0.2):
        yield cross_entropy(smoothing, LABELS, (4, 3), ties=True)
        yield cross_entropy(smoothing, LABELS.reshape(2, 2), (2, 3, 2), ties=True)
    yield row("nll_loss", lambda x: F.nll_loss(x, LABELS, **how), (4, 3), special=True)
    # Twice each: the rows in tests/autograd are for x below and above the target.
    for more in (dict(shapes=ENDS, special=reduction == "none", ties=True), {}):
        yield row("mse_loss", lambda x, t: F.mse_loss(x, t, **how), X, X, **more)
        yield row("l1_loss", lambda x, t: F.l1_loss(x, t, **how), X, X, **more)
        for delta in (0.05, 2.0):
            yield row("huber_loss", lambda x, t, d=delta: F.huber_loss(x, t, delta=d, **how), X, X, **more)
            yield row("smooth_l1_loss", lambda x, t, d=delta: F.smooth_l1_loss(x, t, beta=d, **how), X, X, **more)
        yield row("smooth_l1_loss", lambda x, t: F.smooth_l1_loss(x, t, beta=0, **how), X, X, **more)
        logits = lambda x, t: F.binary_cross_entropy_with_logits(x, t, **how)
        # Not at 0 and 1: there PyTorch divides by 1e-12 as a float32.
        yield row("binary_cross_entropy", lambda p, t: F.binary_cross_entropy(p, t, **how), P, P, shapes=more.get("shapes", ()))
        yield row("binary_cross_entropy_with_logits", logits, X, P, **{**more, "special": False})
        yield row("binary_cross_entropy_with_logits", logits, X, P)


ROWS = [each for reduction in ("mean", "sum", "none") for each in rows(reduction)]

write(__file__, ROWS)
