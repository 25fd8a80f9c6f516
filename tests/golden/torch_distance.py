#!/usr/bin/env python3
"""Writes torch_distance.safetensors: see torch_rows.py."""

import torch.nn.functional as F

from torch_rows import row, write

X = (2, 3)
ROWS = [
    row("cosine_similarity", lambda a, b: F.cosine_similarity(a, b), X, X, shapes=[[(0, 3), (0, 3)], [(2, 0), (2, 0)]], ties=True),
    row("cosine_similarity", lambda a, b: F.cosine_similarity(a, b, -1), (2, 1, 3), (4, 3)),
    row("cosine_similarity", lambda a, b: F.cosine_similarity(a, b, 1, 0.5), (2, 1), X),
]
for p in (2, 1, 3, float("inf")):
    shapes = [[(0, 3), (0, 3)], [(2, 1), (2, 1)]]
    ROWS.append(row("pairwise_distance", lambda a, b, p=p: F.pairwise_distance(a, b, p), X, X, shapes=shapes, ties=True))
ROWS.append(row("pairwise_distance", lambda a, b: F.pairwise_distance(a, b, 2, 0.1, True), (2, 1, 3), (4, 3)))

write(__file__, ROWS)
