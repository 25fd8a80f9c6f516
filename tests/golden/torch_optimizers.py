#!/usr/bin/env python3
"""Writes torch_optimizers_float32.safetensors and _float64.safetensors: what the optimizers of PyTorch 2.15.0 make of
fixed parameters and gradients, 50 drawn configurations of each; and torch_training.safetensors, a small network that
each of them trains for 100 steps. tests/optim/test_pytorch.cpp makes the same.

    pip install -r requirements.txt && python torch_optimizers.py

Each array is named as what was run: "Adam {options}", with PyTorch's options, and three that belong to the run: `steps`;
`rates`, learning rates from a step on; and `missing`: no gradient for "matrix" in every third step from the first on,
none for "late" before step 5, and none for "never".

NAdam and all counters of PyTorch keep numbers in the default dtype, so this is the parameters' dtype here.
"""

import json
import pathlib
import random

import numpy as np
import torch

import golden

SHAPES = {"vector": [5], "matrix": [3, 4], "scalar": [], "late": [2], "never": [2]}
KEPT = [1, 5, 10, 20, 40]
RUNS, STEPS = 50, 100


def drawn(values):
    return lambda: random.choice(values)


def uniform(low, high):
    return lambda: round(random.uniform(low, high), 3)


def power(low, high):
    return lambda: float(f"{10 ** random.uniform(low, high):.2e}")


def betas(first=(0.0, 0.5, 0.8, 0.9, 0.95), second=(0.5, 0.9, 0.98, 0.999, 0.9999)):
    return lambda: [random.choice(first), random.choice(second)]


YES = drawn([True])
DECAY = power(-4, -0.5)
EPSILON = power(-10, -2)
# Each option with its way of being drawn.
OPTIONS = {
    "SGD": {"lr": power(-3, -1), "momentum": uniform(0.1, 0.95), "dampening": uniform(0.05, 0.9), "nesterov": YES},
    "Adam": {"lr": power(-4, -1), "betas": betas(), "eps": EPSILON, "amsgrad": YES, "decoupled_weight_decay": YES},
    "AdamW": {"lr": power(-4, -1), "betas": betas(), "eps": EPSILON, "amsgrad": YES},
    "RMSprop": {"lr": power(-4, -1.5), "alpha": uniform(0.5, 0.999), "eps": EPSILON, "momentum": uniform(0.1, 0.9),
                "centered": YES},
    "Adagrad": {"lr": power(-3, -0.5), "lr_decay": power(-3, 0), "initial_accumulator_value": uniform(0, 1),
                "eps": EPSILON},
    "Adadelta": {"lr": power(-1, 0.3), "rho": uniform(0.5, 0.99), "eps": power(-8, -3)},
    "Adamax": {"lr": power(-4, -1), "betas": betas(), "eps": EPSILON},
    "NAdam": {"lr": power(-4, -1), "betas": betas(), "eps": EPSILON, "momentum_decay": power(-3, -0.5),
              "decoupled_weight_decay": YES},
}


def draw(kind, index):
    """The first has no options, those after it one each, the others are drawn."""
    own = {**OPTIONS[kind], "weight_decay": DECAY, "maximize": YES}
    names = list(own)
    chosen = [] if index == 0 else [names[index - 1]] if index <= len(names) else [
        name for name in names if random.random() < 0.5]
    options = {name: own[name]() for name in names if name in chosen}
    if options.get("nesterov"):
        options.pop("dampening", None)
        options.setdefault("momentum", 0.9)
    if "dampening" in options:
        options.setdefault("momentum", 0.9)
    if "decoupled_weight_decay" in options:
        options.setdefault("weight_decay", DECAY())
    options["steps"] = 40 if index % 5 == 0 else random.choice([5, 10, 20])
    if index % 3 == 1:
        options["missing"] = True
    if index % 4 >= 2:
        steps = sorted(random.sample(range(2, options["steps"] + 1), 2))
        options["rates"] = [[step, OPTIONS[kind]["lr"]()] for step in steps]
    return options


def has_gradient(name, step):
    return not (name == "never" or name == "late" and step < 5 or name == "matrix" and step % 3 == 1)


def gradient(numbers, step, i):
    """Between -1 and 1; some are 0, some tiny."""
    x = numbers()
    return 0.0 if (step + i) % 7 == 0 else x * 2.0**-27 if (step + i) % 11 == 0 else x


def tensors(numbers, dtype, next_value):
    return [torch.tensor([next_value(numbers) for _ in range(int(np.prod(shape)))], dtype=dtype).reshape(shape)
            for shape in SHAPES.values()]


def make(kind, parameters, options):
    own = {name: value for name, value in options.items() if name not in ("steps", "rates", "missing")}
    one_by_one = {"foreach": False, **({"fused": False} if kind in ("SGD", "Adam", "AdamW", "Adagrad") else {})}
    return getattr(torch.optim, kind)(parameters, **own, **one_by_one)


def run(kind, options, dtype):
    """All parameters after each kept step, a row each."""
    numbers = golden.Numbers()
    start = tensors(numbers, dtype, lambda numbers: (lambda x: x + (0.5 if x >= 0 else -0.5))(numbers()))
    parameters = [torch.nn.Parameter(x) for x in start]
    optimizer = make(kind, parameters, options)
    rows = []
    for step in range(1, options["steps"] + 1):
        i = iter(range(10**6))
        gradients = tensors(numbers, dtype, lambda numbers: gradient(numbers, step, next(i)))
        for name, parameter, value in zip(SHAPES, parameters, gradients):
            parameter.grad = value if has_gradient(name, step) or not options.get("missing") else None
        for begin, rate in options.get("rates", []):
            if begin == step:
                optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
        if step in KEPT:
            rows.append(torch.cat([parameter.detach().reshape(-1) for parameter in parameters]).numpy().copy())
    return np.array(rows)


def train(kind, options):
    """The weights after 100 steps, and the losses."""
    numbers = golden.Numbers()

    def tensor(*shape):
        return torch.tensor([numbers() for _ in range(int(np.prod(shape)))], dtype=torch.float64).reshape(shape)

    inputs = tensor(64, 8)
    labels = torch.argmax(torch.sin(3 * inputs[:, :4]) + inputs[:, 4:] ** 2, 1)
    weights = [torch.nn.Parameter(x) for x in (tensor(16, 8) / 2, tensor(16) / 2, tensor(4, 16) / 2, tensor(4) / 2)]
    optimizer = make(kind, weights, options)
    losses = []
    for step in range(STEPS):
        begin = step * 16 % 64
        hidden = torch.tanh(torch.nn.functional.linear(inputs[begin:begin + 16], weights[0], weights[1]))
        output = torch.nn.functional.linear(hidden, weights[2], weights[3])
        loss = torch.nn.functional.cross_entropy(output, labels[begin:begin + 16])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.concatenate([w.detach().numpy().reshape(-1) for w in weights] + [np.array(losses)])


TRAINED = {
    "SGD": {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-3}, "Adam": {"lr": 0.01, "weight_decay": 1e-3},
    "AdamW": {"lr": 0.01, "amsgrad": True}, "RMSprop": {"centered": True, "momentum": 0.5, "lr": 3e-3},
    "Adagrad": {"lr": 0.1, "lr_decay": 0.01}, "Adadelta": {}, "Adamax": {"lr": 0.01}, "NAdam": {"lr": 0.01},
}


def main():
    folder = pathlib.Path(__file__).parent
    torch.set_num_threads(1)
    versions = f"torch_optimizers.py with PyTorch {torch.__version__.split('+')[0]}"
    for dtype in (torch.float32, torch.float64):
        torch.set_default_dtype(dtype)
        random.seed(17)
        arrays = {}
        for kind in OPTIONS:
            for index in range(RUNS):
                while (name := f"{kind} {json.dumps(options := draw(kind, index))}") in arrays:
                    pass  # one of few options
                arrays[name] = run(kind, options, dtype)
        assert len(arrays) == RUNS * len(OPTIONS)
        golden.save(folder / f"torch_optimizers_{str(dtype)[6:]}.safetensors", arrays,
                    {"made_by": versions, "parameters": json.dumps(list(SHAPES.items())), "steps": json.dumps(KEPT)})
    golden.save(folder / "torch_training.safetensors",
                {f"{kind} {json.dumps(options)}": train(kind, options) for kind, options in TRAINED.items()},
                {"made_by": versions})


if __name__ == "__main__":
    main()
