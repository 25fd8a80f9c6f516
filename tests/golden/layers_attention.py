#!/usr/bin/env python3
"""Writes layers_attention.safetensors: see layer_rows.py."""

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from layer_rows import layer, write

PADDING = torch.tensor([[False, False, True], [False, False, False]])  # [batch, keys]
HIDDEN = torch.tensor([[False, True, False], [True, False, False]])  # [queries, keys]
LATER = torch.ones(3, 3).triu(1).bool()
ADDED = torch.tensor([[0.0, 1.5, -2.0], [0.5, -float("inf"), 0.0]])
FOR_EACH_HEAD = torch.arange(24).reshape(4, 2, 3) % 5 == 1  # [batch * heads, queries, keys]
Q, K = (2, 2, 4), (3, 2, 4)  # [steps, batch, features]


def itself(**options):
    return lambda m, x: m(x, x, x, **options)


def both(**options):
    return lambda m, q, k, v: m(q, k, v, **options)


def output(**options):
    return lambda m, q, k, v: m(q, k, v, need_weights=False, **options)[0]


class Grouped(nn.Module):
    """Self-attention with shared heads of keys and values, from functions of torch."""

    def __init__(self, features, heads, key_heads):
        super().__init__()
        self.heads, self.key_heads, self.size = heads, key_heads, features // heads
        self.in_proj_weight = nn.Parameter(torch.rand(features + 2 * key_heads * self.size, features))
        self.in_proj_bias = nn.Parameter(torch.rand(features + 2 * key_heads * self.size))
        self.out_proj = nn.Linear(features, features)

    def forward(self, x):  # [batch, steps, features]
        projected = nn.functional.linear(x, self.in_proj_weight, self.in_proj_bias)
        keys = self.key_heads * self.size
        q, k, v = projected.split([x.shape[-1], keys, keys], -1)
        heads = lambda each: each.unflatten(-1, (-1, self.size)).transpose(1, 2)
        y = nn.functional.scaled_dot_product_attention(heads(q), heads(k), heads(v), is_causal=True, enable_gqa=True)
        return self.out_proj(y.transpose(1, 2).flatten(2))


class Learned(nn.Module):
    def __init__(self, steps, features):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(steps, features))

    def forward(self, x, start=0):
        return x + self.weight[start:start + x.shape[0], None]


class Sinusoidal(nn.Module):
    def forward(self, x, start=0):
        steps = torch.arange(start, start + x.shape[0]).double()[:, None]
        turn = steps / 10000 ** (torch.arange(0, x.shape[-1], 2).double() / x.shape[-1])
        return x + torch.stack((turn.sin(), turn.cos()), -1).flatten(-2)[:, None]


class Rotary(nn.Module):
    def forward(self, x, start=0):
        steps = torch.arange(start, start + x.shape[-2]).double()[:, None]
        turn = steps / 10000 ** (torch.arange(0, x.shape[-1], 2).double() / x.shape[-1])
        first, second = x.chunk(2, -1)
        return torch.cat((first * turn.cos() - second * turn.sin(), second * turn.cos() + first * turn.sin()), -1)


def encoder_layer(**options):
    return nn.TransformerEncoderLayer(4, 2, 5, 0, **options)


def decoder_layer(**options):
    return nn.TransformerDecoderLayer(4, 2, 5, 0, **options)


ROWS = [
    layer("MultiheadAttention", lambda: nn.MultiheadAttention(4, 2), Q, K, K),
    layer("MultiheadAttention", lambda: nn.MultiheadAttention(4, 2, bias=False), Q, call=itself(average_attn_weights=False)),
    layer("MultiheadAttention", lambda: nn.MultiheadAttention(4, 2, kdim=3, vdim=5), Q, (3, 2, 3), (3, 2, 5)),
    layer("MultiheadAttention", lambda: nn.MultiheadAttention(4, 2, batch_first=True), (2, 2, 4), (2, 3, 4), (2, 3, 4),
          call=both(key_padding_mask=PADDING)),
    layer("MultiheadAttention", lambda: nn.MultiheadAttention(4, 2), Q, K, K, call=both(attn_mask=HIDDEN, key_padding_mask=PADDING)),
    layer("MultiheadAttention", lambda: nn.MultiheadAttention(4, 2), Q, K, K, call=both(attn_mask=ADDED)),
    layer("MultiheadAttention", lambda: nn.MultiheadAttention(4, 2), Q, K, K, call=output(attn_mask=ADDED, key_padding_mask=PADDING)),
    layer("MultiheadAttention", lambda: nn.MultiheadAttention(4, 2), Q, K, K, call=output(attn_mask=FOR_EACH_HEAD)),
    layer("MultiheadAttention", lambda: nn.MultiheadAttention(4, 2), (2, 4), (3, 4), (3, 4), call=both(key_padding_mask=PADDING[0])),
    layer("MultiheadAttention", lambda: nn.MultiheadAttention(4, 2), (3, 2, 4), call=itself(attn_mask=LATER, is_causal=True)),
    layer("MultiheadAttention", lambda: Grouped(8, 4, 2), (2, 3, 8)),
    layer("SinusoidalPositions", lambda: Sinusoidal(), (3, 2, 4), call=lambda m, x: m(x, 2)),
    layer("LearnedPositions", lambda: Learned(5, 4), (3, 2, 4), call=lambda m, x: m(x, 2)),
    layer("RotaryPositions", lambda: Rotary(), (2, 3, 4), call=lambda m, x: m(x, 2)),
    layer("TransformerEncoderLayer", lambda: encoder_layer(), (3, 2, 4)),
    layer("TransformerEncoderLayer", lambda: encoder_layer(batch_first=True, norm_first=True, activation="gelu"), (2, 3, 4),
          call=lambda m, x: m(x, LATER, src_key_padding_mask=PADDING)),
    layer("TransformerEncoderLayer", lambda: encoder_layer(bias=False, layer_norm_eps=0.1), (3, 2, 4),
          call=lambda m, x: m(x, LATER, is_causal=True)),
    layer("TransformerDecoderLayer", lambda: decoder_layer(), (3, 2, 4), (2, 2, 4)),
    layer("TransformerDecoderLayer", lambda: decoder_layer(batch_first=True, norm_first=True, activation="gelu"), (2, 3, 4), (2, 3, 4),
          call=lambda m, x, y: m(x, y, LATER, None, None, PADDING, tgt_is_causal=True)),
    layer("TransformerEncoder", lambda: nn.TransformerEncoder(encoder_layer(), 2, nn.LayerNorm(4)), (3, 2, 4),
          call=lambda m, x: m(x, LATER, is_causal=True)),
    layer("TransformerDecoder", lambda: nn.TransformerDecoder(decoder_layer(), 2), (3, 2, 4), (2, 2, 4),
          call=lambda m, x, y: m(x, y, LATER, tgt_is_causal=True)),
    layer("Transformer", lambda: nn.Transformer(4, 2, 1, 1, 5, 0), (3, 2, 4), (3, 2, 4),
          call=lambda m, x, y: m(x, y, tgt_mask=LATER, tgt_is_causal=True)),
]
with sdpa_kernel(SDPBackend.MATH):  # the others have no second gradients
    write(__file__, ROWS)
