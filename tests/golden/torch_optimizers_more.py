#!/usr/bin/env python3
"""Writes torch_optimizers_more_float32.safetensors and _float64.safetensors: what RAdam, Rprop, ASGD, and SGD (Taper's
Momentum) whose momentum a schedule drives, of PyTorch 2.15, and AdamWScheduleFree of schedulefree 1.4.1 make of fixed
parameters in 200 steps. tests/optim/test_golden.cpp makes the same.

    pip install -r requirements.txt && python torch_optimizers_more.py [CLASS...]

It runs the cases that the files lack, and all of the classes that are named. After the last step come, of ASGD, its
averages, and of ScheduleFreeAdamW the parameters in its mode for evaluation.
"""

import pathlib
import warnings

import torch
from torch.optim import lr_scheduler

import golden

warnings.filterwarnings("ignore")


def schedule(class_name, **config):
    return {"class_name": class_name, "config": config}


SMOOTH = schedule("ExponentialDecay", initial_learning_rate=0.05, decay_steps=1, decay_rate=0.99)
ONE_CYCLE = schedule("OneCycle", max_learning_rate=0.1, total_steps=200)
CYCLIC = schedule("CyclicLR", base_learning_rate=0.001, max_learning_rate=0.05, step_size_up=20, mode="triangular2")
NO_MOMENTUM = schedule("OneCycle", max_learning_rate=0.1, total_steps=200, cycle_momentum=False)

CASES = {
    "RAdam": [
        {}, {"learning_rate": 0.1}, {"beta_1": 0.8}, {"beta_2": 0.95}, {"beta_1": 0.0}, {"epsilon": 1e-2},
        {"weight_decay": 0.1}, {"weight_decay": 0.1, "decoupled_weight_decay": True}, {"learning_rate": SMOOTH},
        {"learning_rate": SMOOTH, "weight_decay": 0.2}, {"learning_rate": ONE_CYCLE}, {"learning_rate": CYCLIC},
        {"learning_rate": ONE_CYCLE, "beta_2": 0.95, "weight_decay": 0.1, "decoupled_weight_decay": True},
        {"learning_rate": NO_MOMENTUM}, {"missing": True, "weight_decay": 0.1}, {"not_finite": True},
    ],
    "Rprop": [
        {}, {"learning_rate": 0.1}, {"eta_minus": 0.7}, {"eta_plus": 1.5}, {"step_size_min": 1e-3},
        {"step_size_max": 0.012}, {"learning_rate": 2.0, "step_size_max": 1.0}, {"learning_rate": 60.0}, {"missing": True}, {"not_finite": True},
    ],
    "ASGD": [
        {}, {"learning_rate": 0.1}, {"learning_rate": 0.1, "lambd": 0.1}, {"learning_rate": 0.1, "alpha": 0.3},
        {"lambd": 0.1, "alpha": 0.3}, {"t0": 50.0}, {"t0": 0.0, "learning_rate": 0.05, "lambd": 0.5},
        {"weight_decay": 0.1}, {"learning_rate": SMOOTH, "lambd": 0.1, "t0": 10.0}, {"missing": True, "t0": 30.0},
        {"not_finite": True},
    ],
    "Momentum": [
        {"learning_rate": ONE_CYCLE}, {"learning_rate": ONE_CYCLE, "nesterov": True}, {"learning_rate": CYCLIC},
        {"learning_rate": NO_MOMENTUM, "momentum": 0.5},
    ],
    "ScheduleFreeAdamW": [
        {}, {"learning_rate": 0.05}, {"learning_rate": 0.05, "beta_1": 0.7}, {"beta_2": 0.95}, {"epsilon": 1e-2},
        {"learning_rate": 0.05, "warmup_steps": 20}, {"learning_rate": 0.05, "r": 1.0, "warmup_steps": 7},
        {"learning_rate": 0.05, "weight_lr_power": 1.0, "warmup_steps": 30}, {"learning_rate": 0.05, "weight_decay": 0.1},
        {"weight_decay": 0.3, "warmup_steps": 10}, {"not_finite": True},
    ],
}

NAMES = {"learning_rate": "lr", "epsilon": "eps"}
DEFAULTS = {"Momentum": {"learning_rate": 0.01, "momentum": 0.9}}
PAIRS = {"betas": ("beta_1", "beta_2", 0.9, 0.999), "etas": ("eta_minus", "eta_plus", 0.5, 1.2),
         "step_sizes": ("step_size_min", "step_size_max", 1e-6, 50)}


def make(kind, options, variables):
    options = {**DEFAULTS.get(kind, {}), **options}
    for pair, (first, second, *defaults) in PAIRS.items():
        if first in options or second in options:
            options[pair] = (options.pop(first, defaults[0]), options.pop(second, defaults[1]))
    if isinstance(options.get("learning_rate"), dict):
        options["learning_rate"] = 0.05
    arguments = {NAMES.get(key, key): value for key, value in options.items()}
    if kind == "ScheduleFreeAdamW":
        import schedulefree
        optimizer = schedulefree.AdamWScheduleFree(variables, **arguments, foreach=False)
        optimizer.train()
        return optimizer
    return getattr(torch.optim, {"Momentum": "SGD"}.get(kind, kind))(variables, **arguments, foreach=False)


def scheduler(given, optimizer):
    if not isinstance(given, dict):
        return None
    config = {**given["config"]}
    if given["class_name"] == "OneCycle":
        return lr_scheduler.OneCycleLR(optimizer, config.pop("max_learning_rate"), **config)
    if given["class_name"] == "CyclicLR":
        return lr_scheduler.CyclicLR(optimizer, config.pop("base_learning_rate"), config.pop("max_learning_rate"),
                                     **config)
    return lr_scheduler.ExponentialLR(optimizer, config["decay_rate"])


def run_case(kind, options, dtype):
    torch.set_default_dtype(getattr(torch, dtype))  # ASGD keeps its step size in it
    options = {**options}
    not_finite = options.pop("not_finite", False)
    missing = options.pop("missing", False)
    made = []

    def step(gradients, variables):
        if not made:
            optimizer = make(kind, options, variables)
            made.extend([optimizer, scheduler(options.get("learning_rate"), optimizer)])
        for variable, gradient in zip(variables, gradients):
            variable.grad = None if gradient is None else torch.tensor(gradient)
        made[0].step()
        if made[1]:
            made[1].step()

    def finish(variables):
        if kind == "ScheduleFreeAdamW":
            made[0].eval()
        for variable in variables:
            if kind == "ASGD" and variable in made[0].state:
                variable.copy_(made[0].state[variable]["ax"])

    return golden.run(dtype, lambda values: [torch.tensor(value) for value in values], step,
                      finish if kind in ("ASGD", "ScheduleFreeAdamW") else None, not_finite, missing)


def main():
    folder = pathlib.Path(__file__).parent
    for dtype in ("float32", "float64"):
        golden.save_runs(folder / f"torch_optimizers_more_{dtype}.safetensors",
                         [(kind, options) for kind, cases in CASES.items() for options in cases], dtype, run_case,
                         f"torch_optimizers_more.py with PyTorch {torch.__version__}, schedulefree 1.4.1")


if __name__ == "__main__":
    main()
