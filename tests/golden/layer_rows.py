"""Draws inputs for layers of PyTorch and writes states, results, gradients and second gradients. torch==2.15.0.

A family of layers is a script layers_FAMILY.py that calls write(__file__, [layer(...), ...]) and so makes
layers_FAMILY.safetensors; tests/nn/test_torch_layers.cpp loads the same states into the rows of tests/nn/layers_FAMILY.cpp, of
the same name and number, and calls them with the same inputs. Row K of a name has the keys "NAME/K/..." with "state KEY" (before
the call), "input I", "output J", "after KEY" (buffers after the call) and, where there are gradients, "cotangent J", then for each
floating input "input I" and each parameter KEY: "gradient ...", "direction ..." and "second ...", the gradient of the sum over all
of gradient * direction. All numbers that go in are float32 numbers, computed with in float64.
"""

import pathlib
from collections import Counter

import torch
from safetensors.torch import save_file

from torch_rows import Input

torch.set_default_dtype(torch.float64)


def layer(name, make, *inputs, call=None, training=True, second=True, seed=0):
    """A module and its inputs: each a shape, an Input or a tensor. `call(module, *inputs)` gives its results, if not
    module(*inputs): a tensor, or a tuple of tensors (in any nesting), of which those that are None are left out."""
    drawn = [x if isinstance(x, torch.Tensor) else (x if isinstance(x, Input) else Input(x)) for x in inputs]
    return name, make, drawn, call or (lambda module, *given: module(*given)), training, second, seed


def flat(result):
    if result is None:
        return []
    if isinstance(result, torch.Tensor):
        return [result]
    return [x for each in result for x in flat(each)]


def narrow(x):
    return x.float().to(x.dtype) if x.is_floating_point() else x


def write(script, rows):
    tensors, count = {}, Counter()
    put = lambda key, x: tensors.__setitem__(key, x.detach().clone().contiguous())
    for name, make, inputs, call, training, second, seed in rows:
        key = f"{name}/{count[name]}"
        count[name] += 1
        torch.manual_seed(count[name] + seed)
        module = make().train(training)
        # Not at its initial values: they hide gains of 1 and biases of 0. Counters stay, variances are positive.
        with torch.no_grad():
            for path, x in module.state_dict().items():
                if x.is_floating_point():
                    x.copy_(narrow(x + 0.2 * torch.rand_like(x)))
                put(f"{key}/state {path}", x)
        given = [narrow(x.draw() if isinstance(x, Input) else x) for x in inputs]
        for i, x in enumerate(given):
            put(f"{key}/input {i}", x)
            if x.is_floating_point():
                x.requires_grad_()
        outputs = flat(call(module, *given))
        for j, y in enumerate(outputs):
            put(f"{key}/output {j}", y)
        for path, x in module.named_buffers():
            put(f"{key}/after {path}", x)
        leaves = {f"input {i}": x for i, x in enumerate(given) if x.requires_grad}
        leaves.update({path: x for path, x in module.named_parameters() if x.requires_grad})
        tracked = [y for y in outputs if y.requires_grad]
        if not leaves or not tracked:
            continue
        total = 0
        for j, y in enumerate(outputs):
            if y.requires_grad:
                cotangent = narrow(torch.rand_like(y) * 2 - 1)
                put(f"{key}/cotangent {j}", cotangent)
                total = total + (y * cotangent).sum()
        how = dict(allow_unused=True, materialize_grads=True)
        gradients = torch.autograd.grad(total, list(leaves.values()), create_graph=second, **how)
        for path, g in zip(leaves, gradients):
            put(f"{key}/gradient {path}", g)
        if not second:
            continue
        directions = [narrow(torch.rand_like(x) * 2 - 1) for x in leaves.values()]
        total = sum((g * d).sum() for g, d in zip(gradients, directions))
        seconds = [torch.zeros_like(x) for x in leaves.values()]
        if total.requires_grad:
            seconds = torch.autograd.grad(total, list(leaves.values()), **how)
        for path, d, s in zip(leaves, directions, seconds):
            put(f"{key}/direction {path}", d)
            put(f"{key}/second {path}", s)
    save_file(tensors, str(pathlib.Path(script).with_suffix(".safetensors")))
