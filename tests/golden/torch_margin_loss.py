#!/usr/bin/env python3
"""Writes torch_margin_loss.safetensors: see torch_rows.py. Keras's losses are their definitions in PyTorch; so are two of PyTorch's,
whose gradients have no gradient there: values and gradients are compared where they are made."""

import torch
import torch.nn.functional as F

from torch_rows import Input, row, write

X, VECTORS, P = (2, 3), (2, 4), Input((2, 3), 0.05, 0.95)
SIGNS = torch.tensor([[1.0, -1, 1], [-1, -1, 1]], dtype=torch.float64)
OTHERS = torch.tensor([[1.0, -1, 0], [-1, 1, 1]], dtype=torch.float64)
HOT = torch.tensor([[0.0, 1, 0], [1, 0, 0]], dtype=torch.float64)
PAIRS, LABELS = torch.tensor([1, -1]), torch.tensor([2, 0])
LISTS = torch.tensor([[2, 0, -1], [1, -1, 0]])
FACTORS = torch.tensor([0.5, 2.0, 1.0], dtype=torch.float64)
REDUCED = {"mean": torch.mean, "sum": torch.sum, "none": lambda x: x}


def categorical_hinge(x):
    return (1 - (HOT * x).sum(-1) + ((1 - HOT) * x).amax(-1)).relu()


def multi_margin(x, labels, p, margin=1, weight=1):
    others = 1 - F.one_hot(labels, x.shape[-1])
    violations = (margin - x.gather(-1, labels[..., None]) + x).relu() ** p * others
    return violations.sum(-1) * torch.as_tensor(weight).expand(x.shape[-1])[labels] / x.shape[-1]


def multilabel_margin(x, lists):
    losses = []
    for scores, row in zip(x.reshape(-1, x.shape[-1]), lists.reshape(-1, x.shape[-1]).tolist()):
        labels = row[: row.index(-1)] if -1 in row else row
        pairs = [(1 - scores[j] + scores[i]).relu() for j in labels for i in range(len(row)) if i not in labels]
        losses.append(sum(pairs) / len(row))
    return torch.stack(losses).reshape(x.shape[:-1])


def same(own, other):
    """The first of two functions; each call checks that the other one has the same value and gradient."""

    def function(x):
        leaf = x.detach().requires_grad_()
        results = [(value, torch.autograd.grad(value.sum(), leaf)[0]) for value in (own(leaf), other(leaf))]
        torch.testing.assert_close(*results)
        return own(x)

    return function


def rows(reduction):
    how, reduced = {"reduction": reduction}, REDUCED[reduction]
    yield row("hinge_loss", lambda x: reduced((1 - SIGNS * x).relu()), X, ties=True)
    yield row("squared_hinge_loss", lambda x: reduced((1 - SIGNS * x).relu() ** 2), X, ties=True)
    yield row("soft_margin_loss", lambda x: F.soft_margin_loss(x, SIGNS, **how), X)
    yield row("hinge_embedding_loss", lambda x: F.hinge_embedding_loss(x, SIGNS, 1.0, **how), X, ties=True)
    yield row("hinge_embedding_loss", lambda x: F.hinge_embedding_loss(x, OTHERS, 0.3, **how), X)
    yield row("margin_ranking_loss", lambda a, b: F.margin_ranking_loss(a, b, SIGNS, **how), X, X, ties=True)
    yield row("margin_ranking_loss", lambda a, b: F.margin_ranking_loss(a, b, SIGNS, 0.5, **how), X, X)
    yield row("categorical_hinge_loss", lambda x: reduced(categorical_hinge(x)), X, ties=True)
    for p in (1, 2):
        own, other = lambda x, p=p: reduced(multi_margin(x, LABELS, p)), lambda x, p=p: F.multi_margin_loss(x, LABELS, p, **how)
        yield row("multi_margin_loss", same(own, other), X, ties=True)
    own = lambda x: reduced(multi_margin(x, LABELS, 2, 0.5, FACTORS))
    yield row("multi_margin_loss", same(own, lambda x: F.multi_margin_loss(x, LABELS, 2, 0.5, FACTORS, **how)), X)
    own = lambda x: reduced(multilabel_margin(x, LISTS))
    yield row("multilabel_margin_loss", same(own, lambda x: F.multilabel_margin_loss(x, LISTS, **how)), X, ties=True)
    yield row("multilabel_soft_margin_loss", lambda x, t: F.multilabel_soft_margin_loss(x, t, **how), X, P)
    yield row("multilabel_soft_margin_loss", lambda x, t: F.multilabel_soft_margin_loss(x, t, FACTORS, **how), X, P)
    for margin in (0, -0.7):
        embedding = lambda a, b, m=margin: F.cosine_embedding_loss(a, b, PAIRS, m, **how)
        yield row("cosine_embedding_loss", embedding, VECTORS, VECTORS, ties=True)
    yield row("cosine_similarity_loss", lambda x, t: reduced(-F.cosine_similarity(x, t, -1)), X, X, shapes=[[(2, 0), (2, 0)]])
    for p in (2.0, 3.0):
        for swap in (False, True):
            triplet = lambda a, b, c, p=p, swap=swap: F.triplet_margin_loss(a, b, c, 3.0, p, swap=swap, **how)
            yield row("triplet_margin_loss", triplet, VECTORS, VECTORS, VECTORS)
    squared = lambda a, b: ((a - b) ** 2).sum(-1)
    with_distance = lambda a, b, c: F.triplet_margin_with_distance_loss(
        a, b, c, distance_function=squared, margin=2, swap=True, **how
    )
    yield row("triplet_margin_with_distance_loss", with_distance, VECTORS, VECTORS, VECTORS, ties=True)


ROWS = [each for reduction in REDUCED for each in rows(reduction)]
LABEL, LIST = torch.tensor(1), torch.tensor([3, 0, -1, 1])
ROWS += [
    row("multi_margin_loss", same(lambda x: multi_margin(x, LABEL, 2), lambda x: F.multi_margin_loss(x, LABEL, 2)), (3,)),
    row("multilabel_margin_loss", same(lambda x: multilabel_margin(x, LIST), lambda x: F.multilabel_margin_loss(x, LIST)), (4,)),
    row("cosine_embedding_loss", lambda a, b: F.cosine_embedding_loss(a, b, torch.tensor(1)), (4,), (4,)),
    row("triplet_margin_with_distance_loss", F.triplet_margin_with_distance_loss, VECTORS, VECTORS, VECTORS),
]

write(__file__, ROWS)
