#!/usr/bin/env python3
"""Writes torch_attention.safetensors: see torch_rows.py."""

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from torch_rows import Input, row, write

FEW, GROUPED = [(2, 3, 2), (2, 4, 2), (2, 4, 3)], [(1, 4, 2, 2), (1, 2, 3, 2), (1, 2, 3, 2)]
INF = float("inf")
BLIND = torch.tensor([[1, 0, 1, 1], [0, 0, 0, 0], [0, 1, 1, 1]]) != 0
LONELY = torch.tensor([[0, -INF, 1, -INF], [-INF, -INF, -INF, -INF], [2, 0, 0, -1]], dtype=torch.float64)
PLACES = Input((3,), 0, 50, torch.int64)


def attend(*inputs, shapes=(), **options):
    def function(q, k, v, *mask):
        return F.scaled_dot_product_attention(q, k, v, *mask, **options)
    return row("scaled_dot_product_attention", function, *inputs, shapes=shapes)


def weigh(mask=None, causal=False, grouped=False):
    def function(q, k, v):
        return torch.ops.aten._scaled_dot_product_attention_math(q, k, v, mask, 0.0, causal, enable_gqa=grouped)[1]
    return row("attention_with_weights", function, *(GROUPED if grouped else FEW))


def angles(positions, features, base):
    return positions.double()[..., None] / base ** (torch.arange(0, features, 2).double() / features)


def rotary(base=10000, interleaved=False):
    """As complex numbers; Hugging Face's form of it is compared below."""
    def function(x, positions):
        turn = angles(positions.detach(), x.shape[-1], base)
        turn = torch.complex(turn.cos(), turn.sin())
        half = x.shape[-1] // 2
        first, second = (x[..., ::2], x[..., 1::2]) if interleaved else (x[..., :half], x[..., half:])
        y = torch.complex(first, second) * turn
        return torch.stack((y.real, y.imag), -1).flatten(-2) if interleaved else torch.cat((y.real, y.imag), -1)
    return function


def rotate_half(x, positions):
    """As in Hugging Face's LlamaRotaryEmbedding and apply_rotary_pos_emb."""
    embedding = torch.cat((angles(positions, x.shape[-1], 10000),) * 2, -1)
    half = x.shape[-1] // 2
    return x * embedding.cos() + torch.cat((-x[..., half:], x[..., :half]), -1) * embedding.sin()


def sinusoidal(features, base):
    def function(positions):
        turn = angles(positions, features, base)
        return torch.stack((turn.sin(), turn.cos()), -1).flatten(-2)[..., :features]
    return function


x, p = torch.rand(2, 3, 4).double(), torch.tensor([0, 7, 3])
assert torch.allclose(rotary()(x, p), rotate_half(x, p), 1e-12, 1e-12)

EMPTY = [[(0, 3, 2), (0, 4, 2), (0, 4, 3)], [(2, 0, 2), (2, 4, 2), (2, 4, 3)], [(2, 3, 2), (2, 0, 2), (2, 0, 3)],
         [(2, 3, 2), (2, 4, 2), (2, 4, 0)], [(1, 1, 1), (1, 1, 1), (1, 1, 1)]]
ROWS = [
    attend(*FEW, shapes=EMPTY),
    attend((3, 2), (4, 2), (4, 3), scale=0.3),
    attend((2, 1, 3, 2), (1, 2, 4, 2), (2, 4, 1)),
    attend(*FEW, is_causal=True, shapes=[[(2, 4, 1), (2, 2, 1), (2, 2, 1)]]),
    attend(*FEW, attn_mask=BLIND),
    attend(*FEW, attn_mask=LONELY),
    attend(*FEW, (2, 3, 4)),
    attend(*FEW, (4,)),
    attend(*FEW, attn_mask=torch.ones(3, 4).tril().bool() & torch.tensor([True, False, True, True])),
    attend(*GROUPED, is_causal=True, enable_gqa=True),
    attend(*GROUPED, (4, 1, 3), enable_gqa=True),
    attend((4, 2, 2), (1, 3, 2), (1, 3, 2), enable_gqa=True),
    weigh(torch.where(BLIND, 0.0, -INF).double()),
    weigh(causal=True, grouped=True),
    row("rotary_embedding", rotary(), (2, 3, 4), PLACES, shapes=[[(0, 2), (0,)], [(2, 1, 2), (1,)], [(3, 0), ()]]),
    row("rotary_embedding", rotary(50), (2, 3, 4), Input((2, 1), 0, 9, torch.int32)),
    row("rotary_embedding", rotary(interleaved=True), (2, 3, 4), PLACES, shapes=[[(2, 2, 2), (2, 2)]]),
    row("sinusoidal_positions", sinusoidal(4, 10000), PLACES, shapes=[[(0,)], [(2, 1)], [()]]),
    row("sinusoidal_positions", sinusoidal(5, 100), PLACES),
]

with sdpa_kernel(SDPBackend.MATH):  # the others have no second gradients
    write(__file__, ROWS)
