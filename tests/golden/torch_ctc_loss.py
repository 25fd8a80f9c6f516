#!/usr/bin/env python3
"""Writes torch_ctc_loss.safetensors: see torch_rows.py.

PyTorch's own gradient is that by the logits, and has no gradient. So the rows are the recursion of the paper in PyTorch's
operations; where it is made, its values, and its gradients by logits, are compared with those of F.ctc_loss.
"""

import torch
import torch.nn.functional as F

from torch_rows import row, write

LOW = -1e30
REDUCED = {"mean": torch.mean, "sum": torch.sum, "none": lambda x: x}


def loss_of(x, labels, blank):
    """x [steps, classes]."""
    states = [blank]
    for label in labels:
        states += [label, blank]
    if len(x) == 0:
        return x.new_tensor(0.0 if len(states) == 1 else float("inf"))
    low = x.new_full((), LOW)
    alpha = [x[0, state] if s < 2 else low for s, state in enumerate(states)]
    for now in x[1:]:
        before = alpha
        alpha = []
        for s, state in enumerate(states):
            parts = before[max(s - 1, 0) : s + 1]
            if s > 1 and state != blank and state != states[s - 2]:
                parts = parts + [before[s - 2]]
            alpha.append(now[state] + torch.logsumexp(torch.stack(parts), 0))
    loss = -torch.logsumexp(torch.stack(alpha[-2:]), 0)
    return loss if loss < -LOW / 2 else loss.new_tensor(float("inf"))


def recursion(x, targets, steps, lengths, blank, reduction, zero_infinity):
    begins = [0] if targets.dim() == 2 else [sum(lengths[:n]) for n in range(len(lengths))]
    rows = targets if targets.dim() == 2 else [targets[begin:] for begin in begins]
    losses = [loss_of(x[: steps[n], n], rows[n][: lengths[n]].tolist(), blank) for n in range(len(steps))]
    losses = torch.stack(losses)
    if zero_infinity:
        losses = torch.where(losses.isinf(), 0, losses)
    if reduction == "mean":
        losses = losses / torch.tensor(lengths).clamp_min(1)
    return REDUCED[reduction](losses)


def ctc_loss(targets, steps, lengths, blank=0, reduction="mean", zero_infinity=False, shape=(4, 3, 4)):
    targets = torch.tensor(targets)
    how = dict(blank=blank, reduction=reduction, zero_infinity=zero_infinity)
    own = lambda x: recursion(x, targets, steps, lengths, **how)
    x = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    results = []
    for function in (own, lambda x: F.ctc_loss(x, targets, tuple(steps), tuple(lengths), **how)):
        value = function(x.log_softmax(-1))
        results.append((value, torch.autograd.grad(value.sum(), x)[0]))
    torch.testing.assert_close(*results)
    return row("ctc_loss", own, shape)


ROWS = []
for reduction in REDUCED:
    ROWS += [
        ctc_loss([[1, 1], [2, 2], [3, 1]], [4, 3, 2], [2, 1, 0], 0, reduction),
        ctc_loss([1, 1, 2], [4, 3, 2], [2, 1, 0], 3, reduction),
        ctc_loss([[1, 2], [1, 1], [0, 0]], [3, 2, 0], [1, 2, 0], 3, reduction, True),
    ]
alone = ctc_loss([[2, 2, 1]], [5], [3], shape=(5, 1, 3))
ROWS.append(row("ctc_loss", lambda x, function=alone[1]: function(x[:, None]), (5, 3)))

write(__file__, ROWS)
