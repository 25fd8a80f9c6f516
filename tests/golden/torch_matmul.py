#!/usr/bin/env python3
"""Writes torch_matmul.safetensors: see torch_rows.py."""

import torch
import torch.nn.functional as F

from torch_rows import row, write


def product(*operands, **more):
    return row("matmul", torch.matmul, *operands, **more)


def layer(*operands, **more):
    return row("linear", F.linear, *operands, **more)


THIN = [[(1, 1), (1, 1)], [(1, 3), (3, 1)], [(2, 1), (1, 3)], [(2, 0), (0, 3)], [(0, 2), (2, 3)], [(2, 3), (3, 0)]]
MANY = [[(1, 1, 3), (2, 3, 1)], [(2, 0, 3), (1, 3, 2)], [(0, 2, 3), (1, 3, 2)], [(2, 1, 0), (2, 0, 2)]]
ROWS = [
    product((2, 3), (3, 4), shapes=THIN),
    product((3,), (3,), shapes=[[(1,), (1,)], [(0,), (0,)]]),
    product((3,), (3, 2), shapes=[[(1,), (1, 1)], [(0,), (0, 2)], [(3,), (3, 0)]]),
    product((2, 3), (3,), shapes=[[(1, 1), (1,)], [(2, 0), (0,)], [(0, 3), (3,)]]),
    product((2, 2, 3), (3, 2), shapes=[[(0, 2, 3), (3, 1)]]),
    product((3,), (2, 3, 2), shapes=[[(3,), (0, 3, 2)], [(1,), (2, 1, 1)]]),
    product((2, 1, 2, 3), (3, 3, 2), shapes=[[(3, 1, 2), (2, 1, 2, 2)]]),
    product((2, 2, 3), (2, 3, 2), shapes=MANY),
    product((2, 0), (0, 3)),
    product((0, 2), (2, 3)),
    layer((4, 3), (2, 3), (2,), shapes=[[(1, 1), (1, 1), (1,)], [(4, 0), (2, 0), (2,)], [(0, 3), (2, 3), (2,)]]),
    layer((4, 3), (2, 3), shapes=[[(1, 1), (1, 1)], [(4, 0), (2, 0)], [(4, 3), (0, 3)]]),
    layer((3,), (2, 3), (2,), shapes=[[(1,), (1, 1), (1,)]]),
    layer((2, 2, 3), (2, 3), (2,), shapes=[[(2, 0, 3), (2, 3), (2,)], [(1, 1, 1, 3), (2, 3), (2,)]]),
    layer((0, 3), (2, 3), (2,)),
    row("linear", lambda *x: F.linear(*x).relu(), (4, 3), (2, 3), (2,), ties=True),
]

write(__file__, ROWS)
