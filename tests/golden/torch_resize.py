#!/usr/bin/env python3
"""Writes torch_resize.safetensors: see torch_rows.py."""

import itertools

import torch
import torch.nn.functional as F

from torch_rows import Input, row, write


def resize(x, special=True, **options):
    """`special` where PyTorch's passes, which sum in another order, find the same infinities and NaN."""
    return row("interpolate", lambda x: F.interpolate(x, **options), x, special=special, shapes=[[(0, *x[1:])]])


def mirrored(place, size, align_corners):
    low, span = (0, size - 1) if align_corners else (-0.5, size)
    distance = (place - low).abs()
    extra = distance.fmod(span)
    return torch.where((distance / span).floor() % 2 == 0, extra + low, span - extra + low)


def inside(place, size, padding_mode, align_corners):
    if padding_mode == "zeros":
        return place
    if padding_mode == "reflection":
        place = mirrored(place, size, align_corners)
    return place.clamp(0, size - 1)


def neighbours(place, size, mode, padding_mode, align_corners):
    place = (place + 1) * (size - 1) / 2 if align_corners else ((place + 1) * size - 1) / 2
    if mode != "bicubic":
        place = inside(place, size, padding_mode, align_corners)
    if mode == "nearest":
        return [(place.round().detach(), torch.ones_like(place))]
    before = place.floor().detach()
    t, a = place - before, -0.75
    if mode == "bilinear":
        return [(before, 1 - t), (before + 1, t)]
    near = lambda d: ((a + 2) * d - (a + 3)) * d * d + 1
    far = lambda d: ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    weights = far(t + 1), near(t), near(1 - t), far(2 - t)
    return [(inside(before + k - 1, size, padding_mode, align_corners), w) for k, w in enumerate(weights)]


def grid_sample(x, grid, **options):
    """F.grid_sample, which has no second derivative, in other words."""
    n, c, h, w = x.shape
    total = 0
    rows, columns = (neighbours(grid[..., 1 - i], x.shape[2 + i], **options) for i in range(2))
    for (i, of_row), (j, of_column) in itertools.product(rows, columns):
        found = (i >= 0) & (i < h) & (j >= 0) & (j < w)
        places = (i.clamp(0, h - 1) * w + j.clamp(0, w - 1)).long().reshape(n, 1, -1).expand(n, c, -1)
        values = x.reshape(n, c, -1).gather(2, places).reshape(n, c, *i.shape[1:])
        total = total + torch.where(found[:, None], values, 0) * (of_row * of_column)[:, None]
    torch.testing.assert_close(total, F.grid_sample(x, grid, **options))
    leaves = [v.detach().requires_grad_() for v in (x, grid)]
    if x.requires_grad:
        g = torch.rand_like(total)
        ours = torch.autograd.grad(total, (x, grid), g, retain_graph=True, allow_unused=True, materialize_grads=True)
        for a, b in zip(ours, torch.autograd.grad(F.grid_sample(*leaves, **options), leaves, g)):
            torch.testing.assert_close(a, b)
    return total


def sample(mode, padding_mode, align_corners):
    call = lambda x, grid: grid_sample(x, grid, mode=mode, padding_mode=padding_mode, align_corners=align_corners)
    return row("grid_sample", call, (1, 2, 3, 4), Input((1, 2, 3, 2), -1.4, 1.4))


THETA = (2, 2, 3)
ROWS = [
    resize((1, 2, 5), size=8),
    resize((1, 1, 3, 4), scale_factor=(2, 1.5)),
    resize((1, 1, 2, 3, 2), size=(3, 2, 4)),
    resize((1, 1, 3, 4), size=(5, 3), mode="nearest-exact"),
    resize((1, 2, 5), size=8, mode="linear"),
    resize((1, 2, 5), size=3, mode="linear", align_corners=True),
    resize((1, 1, 3, 4), size=(5, 6), mode="bilinear"),
    resize((1, 1, 3, 4), scale_factor=1.7, mode="bilinear", align_corners=True),
    resize((1, 1, 3, 4), scale_factor=(1.7, 0.6), mode="bilinear"),
    resize((1, 1, 3, 4), scale_factor=1.7, mode="bilinear", recompute_scale_factor=True),
    resize((1, 1, 4, 3), False, size=(6, 2), mode="bicubic"),
    resize((1, 1, 3, 4), False, scale_factor=(2.3, 0.8), mode="bicubic", align_corners=True),
    resize((1, 1, 3, 4), False, scale_factor=(2.3, 0.8), mode="bicubic"),
    resize((1, 2, 5), size=3, mode="area"),
    resize((1, 1, 5, 4), size=(3, 2), mode="area"),
    resize((1, 1, 2, 3, 2), False, size=(3, 2, 4), mode="trilinear"),
    row("pixel_shuffle", lambda x: F.pixel_shuffle(x, 2), (1, 8, 1, 2), dtypes=[torch.int64], shapes=[[(4, 2, 1)]]),
    row("pixel_unshuffle", lambda x: F.pixel_unshuffle(x, 2), (2, 1, 2, 4), dtypes=[torch.int64]),
    row("channel_shuffle", lambda x: torch.channel_shuffle(x, 3), (1, 6, 2, 2), dtypes=[torch.int64]),
    sample("bilinear", "zeros", False),
    sample("bilinear", "border", True),
    sample("bilinear", "reflection", False),
    sample("bilinear", "reflection", True),
    sample("nearest", "zeros", True),
    sample("nearest", "border", False),
    sample("bicubic", "zeros", False),
    sample("bicubic", "border", True),
    sample("bicubic", "reflection", False),
    row("affine_grid", lambda theta: F.affine_grid(theta, (2, 1, 2, 3), align_corners=False), THETA),
    row("affine_grid", lambda theta: F.affine_grid(theta, (2, 1, 3, 1), align_corners=True), THETA),
]

write(__file__, ROWS)
