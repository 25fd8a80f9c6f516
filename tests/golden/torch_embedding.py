#!/usr/bin/env python3
"""Writes torch_embedding.safetensors: see torch_rows.py."""

import torch
import torch.nn.functional as F

from torch_rows import row, write

VECTOR, MATRIX = torch.tensor([3, 0, 3, 1, 2, 3]), torch.tensor([[3, 0, 3], [1, 1, 4]])
OFFSETS, ENDS = torch.tensor([0, 2, 2]), torch.tensor([0, 1, 4, 6])
TABLE = (5, 3)


def limited(weight):
    table = weight.detach().clone()
    return torch.cat((F.embedding(VECTOR, table, max_norm=1.5, norm_type=1), table)) + 0 * weight.sum()


def weighted(weight, factors, bags, kept):
    """F.embedding_bag with per_sample_weights has no second derivative."""
    rows = weight[MATRIX.flatten() if factors.dim() == 2 else VECTOR] * factors.flatten()[:, None]
    return torch.zeros(max(bags) + 1, weight.shape[1], dtype=weight.dtype).index_add(0, torch.tensor(bags)[kept], rows[kept])


def weighted_vector(weight, factors):
    result = weighted(weight, factors, [0, 0, 2, 2, 2, 2], [0, 1, 2, 3, 4, 5])
    assert torch.allclose(result, F.embedding_bag(VECTOR, weight, OFFSETS, mode="sum", per_sample_weights=factors))
    return result


def weighted_matrix(weight, factors):
    result = weighted(weight, factors, [0, 0, 0, 1, 1, 1], [1, 3, 4, 5])
    assert torch.allclose(result, F.embedding_bag(MATRIX, weight, mode="sum", per_sample_weights=factors, padding_idx=3))
    return result


def bags():
    for mode in ("sum", "mean", "max"):
        yield row("embedding_bag", lambda w, mode=mode: F.embedding_bag(VECTOR, w, OFFSETS, mode=mode), TABLE)
        yield row("embedding_bag", lambda w, mode=mode: F.embedding_bag(MATRIX, w, mode=mode), TABLE, shapes=[[(5, 1)]])
        yield row("embedding_bag", lambda w, mode=mode: F.embedding_bag(
            VECTOR, w, ENDS, mode=mode, padding_idx=3, include_last_offset=True), TABLE)


ROWS = [
    row("embedding", lambda w: F.embedding(VECTOR, w), TABLE, shapes=[[(4, 1)], [(4, 0)]]),
    row("embedding", lambda w: F.embedding(MATRIX, w, padding_idx=-2), TABLE),
    row("embedding", lambda w: F.embedding(MATRIX, w, scale_grad_by_freq=True), TABLE),
    row("embedding", lambda w: F.embedding(torch.tensor(3), w, padding_idx=3), TABLE),
    row("embedding", limited, TABLE),
    row("embedding_bag", weighted_vector, TABLE, (6,)),
    row("embedding_bag", weighted_matrix, TABLE, (2, 3)),
    *bags(),
]

write(__file__, ROWS)
