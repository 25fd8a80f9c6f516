"""Draws inputs for functions of PyTorch and writes values, gradients and second gradients. torch==2.15.0.

A family of functions is a script torch_FAMILY.py that calls write(__file__, [row(...), ...]) and so makes
torch_FAMILY.safetensors; tests/autograd/test_torch.cpp calls the rows of the same name and number in
tests/autograd/cases_FAMILY.cpp with the same inputs. Draw D of row K of a name has the keys "NAME/K/D/..." with "input I",
"value" and, where there is a gradient, "cotangent", "gradient I", "direction I" and "second I": the gradient by input I of
the sum over J of gradient J * direction J.
"""

import pathlib
from collections import Counter
from dataclasses import dataclass, replace

import torch
from safetensors.torch import save_file

SPECIAL = [float("nan"), float("inf"), -float("inf"), 0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e300, -1e-300]


@dataclass
class Input:
    """Random numbers in [low, high)."""

    shape: tuple
    low: float = -2
    high: float = 2
    dtype: torch.dtype = torch.float64

    def draw(self):
        if self.dtype == torch.bool:
            return torch.rand(self.shape) < 0.5
        if not self.dtype.is_floating_point:
            return torch.randint(int(self.low), int(self.high), self.shape, dtype=self.dtype)
        return torch.rand(self.shape, dtype=self.dtype) * (self.high - self.low) + self.low


@dataclass
class WithZeros(Input):
    """Zeros at some places of the last axis."""

    places: tuple = ()

    def draw(self):
        x = super().draw()
        x[..., list(self.places)] = 0
        return x


def row(name, function, *inputs, shapes=(), dtypes=(), special=False, ties=False, float32=True):
    """A call of a function: each of `inputs` is a shape or an Input. Drawn once more for each list of `shapes` (with the
    first inputs' ranges and dtypes), in each of `dtypes` (all inputs, whole numbers from -3 to 3), with infinities, NaN and
    zeros (`special`), with equal and whole numbers (`ties`), and with inputs rounded to float32, computed in float64.
    """
    inputs = [x if isinstance(x, Input) else Input(x) for x in inputs]
    return name, function, inputs, shapes, dtypes, special, ties, float32


def differentiated(tensors, key, function, inputs, second):
    leaves = [x.clone().requires_grad_(x.dtype == torch.float64) for x in inputs]
    value = function(*leaves)
    tensors[f"{key}/value"] = value.detach().clone().contiguous()
    for i, x in enumerate(inputs):
        tensors[f"{key}/input {i}"] = x.contiguous()
    if not value.requires_grad:
        return
    floating = [i for i, x in enumerate(leaves) if x.requires_grad]
    wanted = [leaves[i] for i in floating]
    cotangent = torch.rand(value.shape, dtype=torch.float64) * 2 - 1
    tensors[f"{key}/cotangent"] = cotangent
    gradients = torch.autograd.grad(value, wanted, cotangent, allow_unused=True, materialize_grads=True, create_graph=second)
    for i, g in zip(floating, gradients):
        tensors[f"{key}/gradient {i}"] = g.detach().clone().contiguous()
    if not second:
        return
    directions = [torch.rand(x.shape, dtype=torch.float64) * 2 - 1 for x in wanted]
    total = sum((g * d).sum() for g, d in zip(gradients, directions))
    seconds = [torch.zeros_like(x) for x in wanted]
    if total.requires_grad:
        seconds = torch.autograd.grad(total, wanted, allow_unused=True, materialize_grads=True)
    for i, d, s in zip(floating, directions, seconds):
        tensors[f"{key}/direction {i}"] = d
        tensors[f"{key}/second {i}"] = s.clone().contiguous()


def draws(inputs, shapes, dtypes, special, ties, float32):
    """Lists of tensors, each with whether second gradients are wanted, or None where no gradient is."""
    yield [x.draw() for x in inputs], True
    for each in shapes:
        yield [replace(x, shape=shape).draw() for x, shape in zip(inputs, each)], True
    for dtype in dtypes:
        yield [replace(x, low=-3 if dtype.is_signed else 0, high=4, dtype=dtype).draw() for x in inputs], None
    if special:
        pick = lambda x: torch.tensor(SPECIAL, dtype=torch.float64)[torch.randint(0, len(SPECIAL), x.shape)]
        yield [pick(x) if x.dtype == torch.float64 else x.draw() for x in inputs], None
    if ties:
        yield [x.draw().round() for x in inputs], False
    if float32:
        yield [x.draw().to(torch.float32 if x.dtype == torch.float64 else x.dtype) for x in inputs], None


def write(script, rows):
    torch.manual_seed(0)
    tensors, count = {}, Counter()
    for name, function, inputs, *how in rows:
        for d, (drawn, second) in enumerate(draws(inputs, *how)):
            key = f"{name}/{count[name]}/{d}"
            if second is not None:
                differentiated(tensors, key, function, drawn, second)
                continue
            wide = [x.double() if x.dtype == torch.float32 else x for x in drawn]
            value = function(*wide)
            narrowed = any(x.dtype == torch.float32 for x in drawn) and value.dtype == torch.float64
            tensors[f"{key}/value"] = (value.float() if narrowed else value).clone().contiguous()
            for i, x in enumerate(drawn):
                tensors[f"{key}/input {i}"] = x.contiguous()
        count[name] += 1
    save_file(tensors, str(pathlib.Path(script).with_suffix(".safetensors")))
