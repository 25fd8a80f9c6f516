#!/usr/bin/env python3
"""Writes torch_half.safetensors: numbers of other dtypes, and what PyTorch makes of them as float16 and bfloat16.
torch==2.15.0.

Keys are "to/DTYPE/input", "to/float16/DTYPE/value" and "to/bfloat16/DTYPE/value". The numbers are random ones of all magnitudes, those
halfway between neighbours and beside that, subnormal ones, and those at the limits.
"""

import pathlib

import torch
from safetensors.torch import save_file

torch.manual_seed(0)
HALVES = {"float16": torch.float16, "bfloat16": torch.bfloat16}


def patterns(dtype, count=60):
    """Finite positive numbers of the dtype, the least and the largest ones among them."""
    bits = torch.randint(0, 0x7c00 if dtype == torch.float16 else 0x7f80, (count,), dtype=torch.int16)
    infinity = 0x7c00 if dtype == torch.float16 else 0x7f80
    ends = [0, 1, 2, 3, 0x7e, 0x7f, 0x80, 0x81, 0x3fe, 0x3ff, 0x400, 0x401, infinity - 2, infinity - 1]
    return torch.cat([torch.tensor(ends, dtype=torch.int16), bits]).view(dtype)


def halfway(dtype):
    """Between neighbours."""
    low = patterns(dtype)
    return (low.double() + (low.view(torch.int16) + 1).view(dtype).double()) / 2


def beside(x):
    """Floats, and their neighbours on both sides."""
    return torch.cat([x, torch.nextafter(x, torch.tensor(0.0, dtype=x.dtype)),
                      torch.nextafter(x, torch.tensor(torch.inf, dtype=x.dtype))])


def numbers(dtype):
    exact = torch.cat([patterns(half).double() for half in HALVES.values()])
    ties = torch.cat([halfway(half) for half in HALVES.values()])
    spread = (torch.rand(100, dtype=torch.float64) + 1) * 2.0 ** torch.randint(-150, 130, (100,)).double()
    near = (torch.rand(100, dtype=torch.float64) + 1) * 2.0 ** torch.randint(-26, 17, (100,)).double()
    limits = torch.tensor([65504, 65519.99, 65520, 65536, 1e38, 3.3961775e38, 3.3961776e38, 3.4028235e38, 1e39, 1e308, 1e-308,
                           2.0**-24, 2.0**-25, 2.0**-26, 2.0**-133, 2.0**-134, 2.0**-149, torch.inf, torch.nan, 0, 1],
                          dtype=torch.float64)
    x = torch.cat([exact, beside(ties.to(dtype)).double(), spread, near, limits]).to(dtype)
    return torch.cat([x, -x])


inputs = {"float32": numbers(torch.float32), "float64": numbers(torch.float64)}
low = torch.randint(-70000, 70000, (60,))
inputs["int64"] = torch.cat([low, torch.randint(-2**62, 2**62, (20,)), 2 ** torch.arange(63), 2 ** torch.arange(63) + 1,
                             torch.tensor([65519, 65520, 2049, 2051, 4098, 4102, 257, 259, 2**63 - 1, -2**63])])
inputs["uint8"] = torch.arange(256, dtype=torch.uint8)
inputs["bool"] = torch.tensor([False, True])
for name, half in HALVES.items():
    inputs[name] = torch.cat([patterns(half), -patterns(half), torch.tensor([torch.inf, -torch.inf, torch.nan], dtype=half)])

tensors = {}
for name, x in inputs.items():
    tensors[f"to/{name}/input"] = x
    for target, half in HALVES.items():
        if target != name:
            tensors[f"to/{target}/{name}/value"] = x.to(half)
save_file(tensors, str(pathlib.Path(__file__).with_suffix(".safetensors")))
