#!/usr/bin/env python3
"""Writes torch_sort.safetensors: see torch_rows.py."""

import torch

from torch_rows import Input, row, write

X, VECTOR = (2, 3, 4), (12,)
NATURAL = Input(VECTOR, 0, 6, torch.int64)
DTYPES = [torch.bool, torch.uint8, torch.int32, torch.int64]
ANY = dict(dtypes=DTYPES, special=True, ties=True)
EMPTY = [[(0, 3)], [(3, 0)], [(1,)]]


def sort(x, axis, descending):
    return x.sort(dim=axis, descending=descending, stable=True)


def unique(x):
    return torch.unique(x.detach(), return_inverse=True, return_counts=True)


def histogram(x, *arguments, **options):
    return torch.histogram(x.detach(), *arguments, **options)


ROWS = [
    row("sort", lambda x: sort(x, -1, False).values, X, shapes=EMPTY, **ANY),
    row("sort", lambda x: sort(x, -1, False).indices, X, shapes=EMPTY, **ANY),
    row("sort", lambda x: sort(x, 0, True).values, X, shapes=EMPTY, **ANY),
    row("sort", lambda x: sort(x, 1, True).indices, X, **ANY),
    row("argsort", lambda x: torch.argsort(x, dim=-2, descending=True, stable=True), X, **ANY),
    row("topk", lambda x: x.topk(2).values, X),
    row("topk", lambda x: x.topk(2, 1).indices, X),
    # Which of several equal elements it is, torch.topk does not say.
    row("topk", lambda x: sort(x, 1, True).values[:, :2], X, **ANY),
    row("topk", lambda x: sort(x, 1, True).indices[:, :2], X, **ANY),
    row("topk", lambda x: sort(x, -1, False).values[..., :3], X, **ANY),
    row("kthvalue", lambda x: x.kthvalue(2, 1).values, X),
    row("kthvalue", lambda x: sort(x, -1, False).values[..., 2:3], X, **ANY),
    row("kthvalue", lambda x: sort(x, -1, False).indices[..., 2], X, **ANY),
    row("mode", lambda x: x.mode(1).values, X, **ANY),
    row("mode", lambda x: x.mode(-1, True).values, X, **ANY),
    row("mode", lambda x: x.mode(0).indices, X, **ANY),
    row("unique", lambda x: unique(x)[0], X, shapes=EMPTY, **ANY),
    row("unique", lambda x: unique(x)[1], X, shapes=EMPTY, dtypes=DTYPES, ties=True),
    row("unique", lambda x: unique(x)[2], X, shapes=EMPTY, **ANY),
    row("isin", lambda x, values: torch.isin(x.detach(), values.detach()), X, (2, 2),
        shapes=[[X, (0,)], [(0, 2), (1,)]], dtypes=DTYPES[1:], special=True, ties=True),
    row("searchsorted", lambda x, values: torch.searchsorted(x.sort(0).values, values), (5,), (3, 4),
        shapes=[[(0,), (2,)], [(5,), ()]], dtypes=DTYPES[1:], ties=True),
    row("searchsorted", lambda x, values: torch.searchsorted(x.sort(-1).values, values, right=True), (2, 5), (2, 4),
        shapes=[[(2, 5), (2, 0)]], dtypes=DTYPES[1:], ties=True),
    row("bincount", lambda x: torch.bincount(x), NATURAL, shapes=[[(0,)]], dtypes=[torch.uint8]),
    row("bincount", lambda x, weights: torch.bincount(x, weights.detach(), 9), NATURAL, VECTOR),
    row("bincount", lambda x, weights: torch.zeros(9, dtype=weights.dtype).index_add(0, x, weights),
        NATURAL, VECTOR),
    row("histogram", lambda x: histogram(x, 5).hist, X),
    row("histogram", lambda x: histogram(x, 4, range=(-1, 1.5)).bin_edges, X),
    row("histc", lambda x: torch.histc(x.detach(), 6), X),
    row("histc", lambda x: torch.histc(x.detach(), 4, -2, 2), X, shapes=EMPTY, ties=True),
    row("nonzero", lambda x: x.nonzero(), X, shapes=EMPTY + [[()]], **ANY),
]

write(__file__, ROWS)
