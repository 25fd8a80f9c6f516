#!/usr/bin/env python3
"""Writes torch_index.safetensors: see torch_rows.py. Of an integer beside tensors of indices NumPy makes one of
them, which PyTorch does not."""

import torch
import torch.nn.functional as F

from torch_rows import Input, row, write

X, MATRIX = (3, 4, 5), (3, 4)
INTEGERS = (torch.int64, torch.uint8)
ONCE, CROSSED = torch.tensor([2, 0]), torch.tensor([[0, 2, 1, 0], [1, 0, 2, 2]])
PATTERN = torch.tensor([[1, 0, 1, 1], [0, 0, 1, 0], [1, 1, 0, 0]]) != 0


def indices(shape, extent, dtype=torch.int64):
    return Input(shape, 0, extent, dtype)


def mask(shape):
    return Input(shape, dtype=torch.bool)


def reduced(how):
    return lambda x, i, s: x.scatter_reduce(1, i, s, how)


ROWS = [
    row("index_select", lambda x, i: x.index_select(0, i), MATRIX, indices((5,), 3), special=True),
    row("index_select", lambda x, i: x.index_select(-2, i.int()), X, indices((2,), 4)),
    row("index_select", lambda x: x[:, :0], MATRIX),
    row("index_add", lambda x, i, s: x.index_add(1, i, s), X, indices((6,), 4), (3, 6, 5)),
    row("index_add", lambda x, i, s: x.index_add(0, i, s), MATRIX, indices((7,), 3), (7, 4),
        shapes=[[(3, 1), (7,), (7, 1)], [(3, 0), (7,), (7, 0)], [(3, 4), (0,), (0, 4)]]),
    row("index_copy", lambda x, s: x.index_copy(1, ONCE, s), MATRIX, (3, 2), dtypes=INTEGERS),
    row("index_fill", lambda x, i: x.index_fill(1, i, 1.5), X, indices((2,), 4)),
    row("gather", lambda x, i: x.gather(1, i), MATRIX, indices((2, 3), 4), special=True),
    row("gather", lambda x, i: x.gather(0, i), X, indices((7, 2, 5), 3), shapes=[[(3, 4, 1), (2, 0, 1)]]),
    row("take_along_dim", lambda x, i: x.take_along_dim(i, 1), X, indices((1, 2, 5), 4), shapes=[[(1, 4, 5), (3, 1, 1)]]),
    row("take", lambda x, i: x.take(i), MATRIX, indices((2, 3), 12), shapes=[[MATRIX, ()]]),
    row("scatter", lambda x, s: x.scatter(0, CROSSED, s), MATRIX, (2, 4), dtypes=INTEGERS),
    row("scatter", lambda x, i, s: x.scatter_add(1, i, s), MATRIX, indices((2, 6), 4), (2, 6)),
    row("scatter", lambda x, i, s: x.scatter_add(0, i, s), X, indices((4, 3, 5), 3), (4, 3, 5)),
    row("scatter", reduced("prod"), MATRIX, indices((3, 5), 4), (3, 5), ties=True),
    row("scatter", reduced("amin"), MATRIX, indices((3, 5), 4), (3, 5), special=True, ties=True),
    row("scatter", reduced("amax"), MATRIX, indices((3, 5), 4), (3, 5), special=True, ties=True),
    row("masked_fill", lambda x, m: x.masked_fill(m, -1.5), X, mask((4, 1)), special=True),
    row("masked_fill", lambda x, m, v: torch.where(m, v, x), MATRIX, mask((3, 4)), (1,)),
    row("masked_select", lambda x: x.masked_select(PATTERN), MATRIX, dtypes=INTEGERS),
    row("masked_select", lambda x: x.masked_select(PATTERN), (4,)),
    row("masked_scatter", lambda x, s: x.masked_scatter(PATTERN, s), MATRIX, (2, 4), dtypes=INTEGERS),
    row("select_scatter", lambda x, s: x.select_scatter(s, 1, -2), X, (3, 5), dtypes=INTEGERS),
    row("slice_scatter", lambda x, s: x.slice_scatter(s, 2, 1, 5, 2), X, (3, 4, 2)),
    row("diagonal_scatter", lambda x, s: x.diagonal_scatter(s, 1), MATRIX, (3,)),
    row("one_hot", lambda i: F.one_hot(i, 4).double(), indices((2, 3), 4), float32=False),
    row("index", lambda x: x[1:-1:2, ..., 3], X, dtypes=INTEGERS, shapes=[[(0, 4, 5)]]),
    row("index", lambda x: x.flip(-1)[..., None, :], X),
    row("index", lambda x: x.flip(0)[::2, None, 1:], X),
    row("index", lambda x: x[2][[3, 1]], X),
    row("index", lambda x, i: x[i], X, indices((2, 2), 3), special=True),
    row("index", lambda x, i, j: x[:, i, j], X, indices((3,), 4), indices((2, 1), 5)),
    row("index", lambda x, i, j: x[i, 1:, j], X, indices((3,), 3), indices((2, 1), 5)),
    row("index", lambda x, i: x[torch.zeros_like(i), :, i], X, indices((2,), 5)),
    row("index", lambda x, i: x[1, i], X, indices((2,), 4)),
    row("index", lambda x: x[PATTERN], X, dtypes=INTEGERS),
    row("index", lambda x: x[1:, PATTERN[0], 3:], X),
    row("index", lambda x, i, j: x[i, None, j], X, indices((2,), 3), indices((2,), 4)),
    row("index", lambda x, i: x.flip(0)[None, :, 2:, i], X, indices((2, 1), 5)),
    row("index_put", lambda x, v: x.index_put((torch.tensor(1), torch.tensor([0, 2])), v), X, (5,)),
    row("index_put", lambda x, v: x.slice_scatter(v.expand(4, 2).expand(3, 4, 2).flip(0), 2, 1, 5, 3), X, (4, 1)),
    row("index_put", lambda x, v: x.index_put((torch.arange(3)[:, None], ONCE, torch.tensor(4)), v), X, (3, 2)),
    row("index_put", lambda x, i, j, v: x.index_put((i[None, :, None], torch.tensor([1, 2]), j[..., None]), v, True),
        X, indices((4,), 3), indices((2, 1), 5), (2, 4, 1), float32=False),
    row("index_put", lambda x, v: x.index_put((PATTERN,), v), X, (6, 1)),
    row("index_put", lambda x: x.index_put((PATTERN,), torch.tensor(0.5, dtype=x.dtype)), X),
    row("index_put", lambda x, i, v: x.index_put((torch.tensor(0), torch.tensor([3, 2]), i[:, None]), v, True),
        X, indices((3,), 5), (3, 2), float32=False),
    row("scatter", reduced("mean"), MATRIX, indices((3, 5), 4), (3, 5), special=True, ties=True),
]

write(__file__, ROWS)
