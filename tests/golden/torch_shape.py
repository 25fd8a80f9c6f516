#!/usr/bin/env python3
"""Writes torch_shape.safetensors: see torch_rows.py."""

import torch

from torch_rows import row, write

X, MIDDLE, VECTOR = (2, 3, 4), (2, 1, 3), (3,)
BOTH = [torch.bool, torch.int64]
ENDS = [[(1, 1, 1)], [(2, 0, 3)]]
PARTS = (2,), (2,), (1,), (3,), (2,), (1,)


def view(name, function, shape=X, **more):
    """Elements in other places: those of any kind stay what they are."""
    return row(name, function, shape, dtypes=BOTH, special=True, **more)


ROWS = [
    view("reshape", lambda x: x.reshape(4, -1), shapes=[[(1, 4, 1)], [(0, 3)], [(4,)]]),
    view("reshape", lambda x: x.reshape(3, 2, 2, 2), shapes=[[(24,)]]),
    view("reshape", lambda x: x.reshape(2, -1, 2), (1, 4), shapes=[[(0, 4)], [(8, 1)]]),
    view("reshape", lambda x: x.reshape(1, 1), (), shapes=[[(1, 1, 1)]]),
    view("flatten", lambda x: x.flatten(), shapes=[*ENDS, [()], [(3,)]]),
    view("flatten", lambda x: x.flatten(1), shapes=[*ENDS, [(2, 3)]]),
    view("flatten", lambda x: x.flatten(), ()),
    view("transpose", lambda x: x.transpose(-2, -1), shapes=ENDS),
    view("transpose", lambda x: x.transpose(0, 2), shapes=ENDS),
    view("permute", lambda x: x.permute(2, 0, 1), shapes=ENDS),
    view("permute", lambda x: x.permute(-1, -3, -2), shapes=ENDS),
    view("slice", lambda x: x[1:], shapes=[*ENDS, [(3,)]]),
    view("slice", lambda x: x[..., -3:4:2], shapes=[*ENDS, [(6,)]]),
    view("slice", lambda x: x[:, 2:1], shapes=ENDS),
    view("select", lambda x: x.select(1, -1), shapes=[[(1, 1)], [(0, 2)]]),
    view("select", lambda x: x.select(0, 1), VECTOR, shapes=[[(2, 0)]]),
    view("squeeze", lambda x: x.squeeze(1), MIDDLE, shapes=[[(1, 1)], [(0, 1)]]),
    view("unsqueeze", lambda x: x.unsqueeze(1), shapes=[*ENDS, [(2,)]]),
    view("unsqueeze", lambda x: x.unsqueeze(-1), shapes=[*ENDS, [()]]),
    view("expand", lambda x: x.expand(2, len(x), 4, 3), MIDDLE, shapes=[[(1, 1, 1)], [(0, 1, 3)], [(2, 4, 1)]]),
    view("expand", lambda x: x.expand(0, 2), (1, 2), shapes=[[(1,)], [()]]),
    view("expand", lambda x: x.expand(2, 2), (), shapes=[[(2,)], [(2, 1)]]),
    view("contiguous", lambda x: x.transpose(-2, -1).contiguous(), shapes=ENDS),
    view("clone", lambda x: x.clone(), shapes=[*ENDS, [()]]),
    row("concat", lambda x, y: torch.concat((x, y, x)), X, (5, 3, 4), shapes=[[(0, 2), (1, 2)]], dtypes=BOTH),
    row("concat", lambda *x: torch.concat(x, -2), X, (2, 1, 4), shapes=[[(2, 0, 1), (2, 3, 1)]], dtypes=BOTH),
    row("concat", lambda *x: torch.concat(x), VECTOR, (0,), (2,), dtypes=BOTH, special=True),
    row("concat", lambda *x: torch.concat(x), *PARTS, dtypes=BOTH, special=True),
    row("stack", lambda *x: torch.stack(x), X, X, shapes=[[(), ()], [(1, 0), (1, 0)]], dtypes=BOTH),
    row("stack", lambda *x: torch.stack(x, -1), X, X, shapes=[[(), ()], [(1, 0), (1, 0)]], dtypes=BOTH),
]

write(__file__, ROWS)
