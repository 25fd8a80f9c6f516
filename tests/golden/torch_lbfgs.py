#!/usr/bin/env python3
"""Writes torch_lbfgs.json: what PyTorch 2.15's LBFGS makes of some problems, step by step; and torch_averages.json: what
its AveragedModel makes of a sequence of values.

    pip install -r requirements.txt && python torch_lbfgs.py

tests/optim/test_lbfgs.cpp has the same problems.
"""

import json
import pathlib
import warnings

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_avg_fn

import golden

warnings.filterwarnings("ignore")
torch.set_default_dtype(torch.float64)


def rosenbrock(x):
    """In as many dimensions as x has."""
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def quadratic(x):
    scales = torch.arange(1, len(x) + 1)
    return (scales * x ** 2).sum() / 2 + 0.1 * (x ** 4).sum() - x.sum()


def logistic(w, b):
    """A regression on fixed numbers."""
    numbers = golden.Numbers()
    x = torch.tensor([[numbers() for _ in range(3)] for _ in range(20)])
    y = torch.tensor([float(numbers() > 0) for _ in range(20)])
    logits = x @ w + b
    return (torch.log1p(torch.exp(-torch.abs(logits))) + torch.relu(logits) - y * logits).mean() + 0.01 * (w * w).sum()


def waves(x):
    return (torch.sin(3 * x) + 0.1 * x ** 2).sum()


PROBLEMS = {"rosenbrock": (rosenbrock, [[-1.2, 1.0]]), "rosenbrock_5": (rosenbrock, [[-1.2, 1.0, -0.5, 0.8, 1.5]]),
            "quadratic": (quadratic, [[3.0, -2.0, 1.5, 0.5]]), "logistic": (logistic, [[0.0, 0.1, -0.1], [0.0]]),
            "waves": (waves, [[0.3, -1.0, 2.5, 4.0]])}
WOLFE = {"line_search_fn": "strong_wolfe"}

# The problem, the options, and the number of steps.
CASES = [
    ("quadratic", {}, 4), ("quadratic", {"learning_rate": 0.5}, 6), ("quadratic", {"max_iter": 3}, 8),
    ("quadratic", {"history_size": 1, "max_iter": 5}, 8), ("quadratic", {"tolerance_grad": 1e-2}, 4),
    ("quadratic", {"tolerance_change": 1e-2, **WOLFE}, 4), ("quadratic", WOLFE, 3),
    ("quadratic", {"max_eval": 5}, 5), ("quadratic", {"max_eval": 5, **WOLFE}, 5),
    ("logistic", {}, 3), ("logistic", WOLFE, 3), ("logistic", {"max_iter": 2, **WOLFE}, 8),
    ("logistic", {"learning_rate": 5.0, "max_iter": 3, **WOLFE}, 5),
    ("rosenbrock", {"learning_rate": 0.1, "max_iter": 10}, 3), ("rosenbrock", WOLFE, 4),
    ("rosenbrock", {"history_size": 2, "max_iter": 4, **WOLFE}, 12), ("rosenbrock", {"max_iter": 1, "max_eval": 10, **WOLFE}, 30),
    ("rosenbrock", {"learning_rate": 20.0, "max_iter": 6, **WOLFE}, 6),
    ("rosenbrock_5", {"max_iter": 5, **WOLFE}, 12),
    ("waves", {"max_iter": 3, **WOLFE}, 5), ("waves", {"learning_rate": 0.05, "max_iter": 5}, 6),
    ("waves", {"learning_rate": 10.0, "max_iter": 3, **WOLFE}, 5),
]


def run(problem, options, steps):
    function, start = PROBLEMS[problem]
    parameters = [torch.tensor(values, requires_grad=True) for values in start]
    names = {"learning_rate": "lr"}
    optimizer = torch.optim.LBFGS(parameters, **{names.get(key, key): value for key, value in options.items()})
    calls = 0

    def closure():
        nonlocal calls
        calls += 1
        optimizer.zero_grad()
        loss = function(*parameters)
        loss.backward()
        return loss

    rows = []
    for _ in range(steps):
        loss = optimizer.step(closure)
        rows.append({"loss": float(loss), "calls": calls,
                     "parameters": [float(value) for each in parameters for value in each]})
    return {"problem": problem, "start": start, "options": options, "rows": rows}


def averages():
    numbers = golden.Numbers()
    values = [[numbers() for _ in range(4)] for _ in range(12)]
    runs = []
    for decay in (0.0, 0.5, 0.9, 0.999):
        for start, interval in ((0, 1), (3, 1), (0, 3), (2, 4)):
            model = torch.nn.Linear(4, 1, bias=False)
            average = AveragedModel(model, avg_fn=get_ema_avg_fn(decay) if decay else None)
            rows = []
            for i, value in enumerate(values):
                with torch.no_grad():
                    model.weight.copy_(torch.tensor([value]))
                if i >= start and (i - start) % interval == 0:
                    average.update_parameters(model)
                rows.append([float(x) for x in average.module.weight[0]] if average.n_averaged else None)
            runs.append({"options": {"decay": decay, "start": start, "interval": interval}, "rows": rows})
    return {"values": values, "runs": runs}


def main():
    folder = pathlib.Path(__file__).parent
    lines = ",\n".join(json.dumps(run(*case)) for case in CASES)
    (folder / "torch_lbfgs.json").write_text(f"[\n{lines}\n]\n")
    (folder / "torch_averages.json").write_text(json.dumps(averages()).replace('{"options"', '\n{"options"') + "\n")


if __name__ == "__main__":
    main()
