#!/usr/bin/env python3
"""Writes torch_loss.safetensors: see torch_rows.py. The losses of torchvision and Keras are their definitions in PyTorch."""

import torch
import torch.nn.functional as F

from torch_rows import Input, row, write

X, P = (2, 3), Input((2, 3), 0.05, 0.95)
LABELS = torch.tensor([2, 0, -100, 1])
FACTORS = torch.tensor([0.5, 2.0, 1.0], dtype=torch.float64)
ROWS_OF_FACTORS = torch.tensor([[0.5], [3.0]], dtype=torch.float64)
ENDS = [[(0, 3), (0, 3)], [(), ()]]
REDUCED = {"mean": torch.mean, "sum": torch.sum, "none": lambda x: x}


def focal(x, t, alpha, gamma):
    p = torch.sigmoid(x)
    losses = F.binary_cross_entropy_with_logits(x, t, reduction="none") * (1 - (p * t + (1 - p) * (1 - t))) ** gamma
    return losses * (alpha * t + (1 - alpha) * (1 - t)) if alpha >= 0 else losses


def dice(p, t, axes, smooth):
    return 1 - (2 * (p * t).sum(axes) + smooth) / (p.sum(axes) + t.sum(axes) + smooth)


def tversky(p, t, axes, alpha, beta, smooth=1e-7):
    hits = (p * t).sum(axes)
    return 1 - (hits + smooth) / (hits + alpha * (p * (1 - t)).sum(axes) + beta * ((1 - p) * t).sum(axes) + smooth)


def rows(reduction):
    how, reduced = {"reduction": reduction}, REDUCED[reduction]

    def cross_entropy(smoothing, weight, labels, shape):
        function = lambda x: F.cross_entropy(x, labels, weight, label_smoothing=smoothing, **how)
        return row("cross_entropy", function, shape, ties=True)

    for weight in (None, FACTORS):
        for smoothing in (0, 0.2):
            yield cross_entropy(smoothing, weight, LABELS, (4, 3))
            yield cross_entropy(smoothing, weight, LABELS.reshape(2, 2), (2, 3, 2))
    of_probabilities = lambda x, t: F.cross_entropy(x, t, **how)
    yield row("cross_entropy", of_probabilities, (4, 3), Input((4, 3), 0, 1), shapes=[[(0, 3), (0, 3)]])
    weighted = lambda x, t: F.cross_entropy(x, t, FACTORS, label_smoothing=0.2, **how)
    yield row("cross_entropy", weighted, (2, 3, 2), Input((2, 3, 2), 0, 1))
    yield row("nll_loss", lambda x: F.nll_loss(x, LABELS, **how), (4, 3), special=True)
    yield row("nll_loss", lambda x: F.nll_loss(x, LABELS.reshape(2, 2), FACTORS, **how), (2, 3, 2))
    # Twice each: the rows in tests/autograd are for x below and above the target.
    logits = lambda x, t: F.binary_cross_entropy_with_logits(x, t, **how)
    for more in (dict(shapes=ENDS), {}):
        # Not at 0 and 1: there PyTorch divides by 1e-12 as a float32.
        yield row("binary_cross_entropy", lambda p, t: F.binary_cross_entropy(p, t, **how), P, P, **more)
        yield row("binary_cross_entropy_with_logits", logits, X, P, ties=bool(more), **more)
        yield row("binary_cross_entropy_with_logits", logits, X, P)
    yield row("binary_cross_entropy", lambda p, t: F.binary_cross_entropy(p, t, FACTORS, **how), P, P)
    weighted_logits = lambda x, t: F.binary_cross_entropy_with_logits(x, t, ROWS_OF_FACTORS, pos_weight=FACTORS, **how)
    yield row("binary_cross_entropy_with_logits", weighted_logits, X, P)
    for alpha, gamma in ((0.25, 2), (-1, 1.5)):
        function = lambda x, t, alpha=alpha, gamma=gamma: reduced(focal(x, t, alpha, gamma))
        yield row("sigmoid_focal_loss", function, X, P, shapes=ENDS)
    yield row("kl_div", lambda x, t: F.kl_div(x, t, **how), X, P, shapes=ENDS, special=reduction == "none")
    yield row("kl_div", lambda x, t: F.kl_div(x, t, log_target=True, **how), X, P, shapes=ENDS)
    yield row("dice_loss", lambda p, t: reduced(dice(p, t, (0, 1), 1)), P, P)
    yield row("tversky_loss", lambda p, t: reduced(tversky(p, t, 1, 0.3, 0.7)), P, P, shapes=[[(3, 0), (3, 0)]])


ROWS = [each for reduction in REDUCED for each in rows(reduction)]
images = Input((2, 3, 2), 0.05, 0.95)
ROWS += [
    row("cross_entropy", lambda x: F.cross_entropy(x, LABELS, reduction="sum") / 4, (4, 3)),
    row("kl_div", lambda x, t: F.kl_div(x, t, reduction="batchmean"), X, P),
    row("dice_loss", lambda p, t: dice(p, t, (-2, -1), 1e-7), images, images),
]

write(__file__, ROWS)
