#!/usr/bin/env python3
"""Writes torch_linalg.safetensors: see torch_rows.py."""

import torch

from torch_rows import Input, row, write

L = torch.linalg
MATRICES, TALL, WIDE = (2, 3, 3), (2, 4, 2), (2, 2, 4)
EMPTY = [[(2, 0, 0)]]


def symmetric(x):
    return x + x.mT


def positive(x):
    return x @ x.mT + 2 * torch.eye(x.shape[-1], dtype=x.dtype)


def norm(order):
    return row("matrix_norm", lambda x: L.matrix_norm(x, order), (2, 3, 2), shapes=[[(3, 2)]])


ROWS = [
    row("det", lambda x: L.det(x), MATRICES, shapes=[[(1, 1)], [(2, 2)]] + EMPTY),
    row("slogdet", lambda x: L.slogdet(x).sign.detach(), MATRICES, shapes=EMPTY),
    row("slogdet", lambda x: L.slogdet(x).logabsdet, MATRICES, shapes=EMPTY),
    row("inverse", lambda x: L.inv(x), MATRICES, shapes=EMPTY),
    row("solve", lambda a, b: L.solve(a, b), MATRICES, (2, 3, 2), shapes=[[(3, 3), (2, 3, 2)], [(2, 3, 3), (3, 1)], [(2, 3, 3), (3, 0)]]),
    row("solve", lambda a, b: L.solve(a, b), MATRICES, (2, 3), shapes=[[(3, 3), (3,)], [(2, 3, 3), (3,)], [(2, 0, 0), (2, 0)]]),
    row("solve_triangular", lambda a, b: L.solve_triangular(a, b, upper=True), Input(MATRICES, 0.5), (2, 3, 2), shapes=[[(3, 3), (2, 3, 2)]]),
    row("solve_triangular", lambda a, b: L.solve_triangular(a, b, upper=False), Input(MATRICES, 0.5), (3, 2)),
    row("solve_triangular", lambda a, b: L.solve_triangular(a, b, upper=True, unitriangular=True), MATRICES, (2, 3, 1)),
    row("solve_triangular", lambda a, b: L.solve_triangular(a, b, upper=False, unitriangular=True), MATRICES, (2, 3, 1)),
    row("lstsq", lambda a, b: L.lstsq(a, b).solution, TALL, (2, 4, 2)),
    row("lstsq", lambda a, b: L.lstsq(a, b).solution, WIDE, (2, 2, 3)),
    row("lstsq", lambda a, b: L.lstsq(a, b[..., None]).solution[..., 0], (4, 2), (4,)),
    row("cholesky", lambda x: L.cholesky(positive(x)), MATRICES, shapes=EMPTY),
    row("qr", lambda x: L.qr(x).Q, TALL, shapes=[[(3, 3)], [(1, 1)], [(3, 0)]]),
    row("qr", lambda x: L.qr(x).R, TALL, shapes=[[(3, 3)], [(1, 1)], [(0, 3)]]),
    row("qr", lambda x: L.qr(x).Q, WIDE),
    row("qr", lambda x: L.qr(x).R, WIDE),
    row("svd", lambda x: L.svd(x, full_matrices=False).U.abs(), TALL, shapes=[[(3, 3)], [(1, 1)]]),
    row("svd", lambda x: L.svd(x, full_matrices=False).S, TALL, shapes=[[(3, 3)], [(2, 3)], [(3, 0)]]),
    row("svd", lambda x: L.svd(x, full_matrices=False).Vh.abs(), TALL, shapes=[[(3, 3)]]),
    row("svd", lambda x: L.svd(x, full_matrices=False).U.abs(), WIDE),
    row("svd", lambda x: L.svd(x, full_matrices=False).Vh.abs(), WIDE),
    row("svd", lambda x: (lambda u, s, vh: (u * s.sin().unsqueeze(-2)) @ vh)(*L.svd(x, full_matrices=False)), MATRICES),
    row("eigh", lambda x: L.eigh(symmetric(x)).eigenvalues, MATRICES, shapes=EMPTY),
    row("eigh", lambda x: L.eigh(symmetric(x)).eigenvectors.abs(), MATRICES, shapes=EMPTY),
    row("eigh", lambda x: (lambda w, v: (v * w.exp().unsqueeze(-2)) @ v.mT)(*L.eigh(symmetric(x))), MATRICES),
    row("pinv", lambda x: L.pinv(x), TALL, shapes=[[(2, 3)], [(3, 3)], [(3, 0)]]),
    row("pinv", lambda x: L.pinv(x, rtol=1e-3), WIDE),
    row("matrix_rank", lambda x: L.matrix_rank(x, rtol=0.4), MATRICES, shapes=EMPTY),
    row("matrix_rank", lambda x: L.matrix_rank(x @ x.mT), TALL, float32=False),
    row("matrix_power", lambda x: L.matrix_power(x, 3), MATRICES),
    row("matrix_power", lambda x: L.matrix_power(x, -2), MATRICES),
    row("matrix_exp", lambda x: L.matrix_exp(x), MATRICES, shapes=EMPTY),
    norm("fro"), norm("nuc"), norm(2), norm(1), norm(float("inf")),
]  # fmt: skip

write(__file__, ROWS)
