#!/usr/bin/env python3
"""Writes torch_products.safetensors: see torch_rows.py."""

import torch
import torch.nn.functional as F

from torch_rows import Input, row, write

INTEGERS = [torch.int64, torch.int32]


def einsum(equation, *shapes, **how):
    return row("einsum", lambda *x: torch.einsum(equation, *x), *shapes, **how)


ROWS = [
    einsum("ij,jk->ik", (2, 3), (3, 4), shapes=[[(0, 3), (3, 2)], [(2, 0), (0, 3)], [(2, 1), (4, 2)]], dtypes=INTEGERS),
    einsum("bij,bjk->bik", (2, 2, 3), (2, 3, 2), shapes=[[(1, 2, 3), (3, 3, 2)]]),
    einsum("bhqd,bhkd->bhqk", (2, 2, 2, 3), (2, 2, 3, 3)),
    einsum("i,j->ij", (3,), (4,), dtypes=[torch.int64]),
    einsum("bij->bji", (2, 3, 4)),
    einsum("ijkl,jl->ik", (2, 3, 2, 2), (3, 2)),
    einsum("bn,anm,bm->ba", (2, 3), (2, 3, 2), (2, 2)),
    einsum("ij,jk", (2, 3), (3, 4)),
    einsum(" ba ", (2, 3)),
    einsum("iij->j", (3, 3, 2), dtypes=[torch.int64]),
    einsum("ii->i", (3, 3)),
    einsum("iijj->ji", (2, 2, 3, 3)),
    einsum("ii,jkk->ij", (2, 2), (2, 3, 3)),
    einsum("...ij,...jk->...ik", (2, 1, 2, 3), (3, 3, 2), shapes=[[(2, 3), (2, 3, 1)]]),
    einsum("i...,...->i...", (2, 3), (3,)),
    einsum("...ij", (2, 2, 3)),
    einsum("...i->i", (2, 2, 3)),
    einsum("ij,ij->", (2, 3), (2, 3)),
    einsum("ij,ij->ji", (2, 3), (2, 3)),
    einsum("ab,cd->dbca", (2, 2), (2, 3)),
    einsum("ijk,jil->kl", (2, 3, 2), (3, 2, 2)),
    einsum("i,i", (3,), (3,)),
    einsum("ijk->j", (2, 3, 2)),
    einsum("ij,jk,kl,li->", (2, 2), (2, 2), (2, 2), (2, 2)),
    einsum("a,ab,b,bc,c,cd->d", (2,), (2, 3), (3,), (3, 2), (2,), (2, 3)),
    einsum("Ab,bA->A", (2, 3), (3, 2)),
    row("tensordot", lambda a, b: torch.tensordot(a, b, 1), (2, 3), (3, 4)),
    row("tensordot", lambda a, b: torch.tensordot(a, b), (2, 3, 2), (3, 2, 2), dtypes=INTEGERS),
    row("tensordot", lambda a, b: torch.tensordot(a, b, ([0, -1], [1, 0])), (2, 3, 2), (2, 2, 3)),
    row("tensordot", lambda a, b: torch.tensordot(a, b, 0), (2, 2), (3,)),
    row("inner", lambda a, b: torch.inner(a, b), (2, 3), (2, 2, 3), shapes=[[(), (3,)], [(3,), (3,)]], dtypes=INTEGERS),
    row("dot", lambda a, b: torch.dot(a, b), (4,), (4,), shapes=[[(0,), (0,)]], dtypes=INTEGERS, special=True),
    row("outer", lambda a, b: torch.outer(a, b), (3,), (4,), shapes=[[(0,), (2,)]], dtypes=INTEGERS, special=True),
    row("kron", lambda a, b: torch.kron(a, b), (2, 2), (2, 3), shapes=[[(2,), (2, 3)], [(2, 1, 2), (2,)]], dtypes=INTEGERS),
    row("cross", lambda a, b: torch.linalg.cross(a, b), (2, 3), (2, 3), shapes=[[(1, 3), (4, 3)]], dtypes=INTEGERS),
    row("cross", lambda a, b: torch.linalg.cross(a, b, dim=0), (3, 2), (3, 2)),
    row("cdist", lambda a, b: torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist"), (3, 2), (4, 2),
        shapes=[[(2, 3, 2), (1, 2, 2)], [(0, 2), (3, 2)]]),
    row("cdist", lambda a, b: torch.cdist(a, b, 1), (3, 2), (2, 2, 2)),
    row("cdist", lambda a, b: torch.cdist(a, b, 3), (3, 2), (2, 2)),
    row("cdist", lambda a, b: torch.cdist(a, b, float("inf")), (3, 2), (2, 2)),
    row("bilinear", F.bilinear, (2, 3), (2, 4), (2, 3, 4), (2,), shapes=[[(0, 3), (0, 4), (2, 3, 4), (2,)], [(1, 1), (1, 2), (3, 1, 2), (3,)]]),
    row("bilinear", F.bilinear, (2, 1, 3), (2, 1, 2), (4, 3, 2)),
]

write(__file__, ROWS)
