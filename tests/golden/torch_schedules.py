#!/usr/bin/env python3
"""Writes torch_schedules.json: the learning rates, and the momenta, that PyTorch 2.15's schedulers set, step by step.

    pip install -r requirements.txt && python torch_schedules.py

`schedule` is the same schedule as Taper writes it.
"""

import json
import math
import pathlib
import warnings

import torch
from torch.optim import lr_scheduler, swa_utils

warnings.filterwarnings("ignore")
BASE = 0.1


def ours(class_name, **config):
    return {"class_name": class_name, "config": config}


def rate(class_name, **config):
    return ours(class_name, initial_learning_rate=BASE, **config)


def factor(class_name, **config):
    return ours(class_name, initial_learning_rate=1.0, **config)


def one_cycle(max_learning_rate, **config):
    """OneCycleLR's arguments have other names for the learning rate only."""
    return (ours("OneCycle", max_learning_rate=max_learning_rate, **config),
            lambda optimizer: lr_scheduler.OneCycleLR(optimizer, max_learning_rate, **config))


def cyclic(low, high, **config):
    return (ours("CyclicLR", base_learning_rate=low, max_learning_rate=high, **config),
            lambda optimizer: lr_scheduler.CyclicLR(optimizer, low, high, **config))


def sequential(milestones, *makers):
    return lambda optimizer: lr_scheduler.SequentialLR(optimizer, [make(optimizer) for make in makers], milestones)


def chained(*makers):
    return lambda optimizer: lr_scheduler.ChainedScheduler([make(optimizer) for make in makers])


def step(size, gamma=0.1):
    return lambda optimizer: lr_scheduler.StepLR(optimizer, size, gamma)


def exponential(gamma):
    return lambda optimizer: lr_scheduler.ExponentialLR(optimizer, gamma)


def linear(**arguments):
    return lambda optimizer: lr_scheduler.LinearLR(optimizer, **arguments)


def constant(**arguments):
    return lambda optimizer: lr_scheduler.ConstantLR(optimizer, **arguments)


def cosine(steps):
    return lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, steps)


def multi_step(milestones, gamma):
    return lambda optimizer: lr_scheduler.MultiStepLR(optimizer, milestones, gamma)


EXPONENTIAL = {"decay_steps": 1, "decay_rate": 0.9}

# What Taper is given, what PyTorch is given, and the number of steps.
CASES = [
    (rate("StepDecay", step_size=7), step(7), 40),
    (rate("StepDecay", step_size=3, gamma=0.7), step(3, 0.7), 40),
    (rate("MultiStepDecay", milestones=[3, 10, 11], gamma=0.3), multi_step([3, 10, 11], 0.3), 20),
    (rate("MultiStepDecay", milestones=[4, 4, 9]), multi_step([4, 4, 9], 0.1), 20),
    (rate("ConstantLR"), constant(), 20),
    (rate("ConstantLR", factor=0.5, total_iters=9), constant(factor=0.5, total_iters=9), 20),
    (rate("LinearLR"), linear(), 20),
    (rate("LinearLR", start_factor=1.0, end_factor=0.2, total_iters=13),
     linear(start_factor=1.0, end_factor=0.2, total_iters=13), 20),
    # What Keras's schedules have already.
    (rate("ExponentialDecay", **EXPONENTIAL), exponential(0.9), 30),
    (rate("CosineDecay", decay_steps=20), cosine(20), 21),
    (rate("PolynomialDecay", decay_steps=10, end_learning_rate=0.0, power=2.0),
     lambda optimizer: lr_scheduler.PolynomialLR(optimizer, 10, 2.0), 20),
    (*one_cycle(0.3, total_steps=50), 50),
    (*one_cycle(0.3, total_steps=37, pct_start=0.25, anneal_strategy="linear"), 37),
    (*one_cycle(0.3, total_steps=41, base_momentum=0.5, max_momentum=0.7, div_factor=3.0, final_div_factor=10.0), 41),
    (*one_cycle(0.3, total_steps=60, three_phase=True), 60),
    (*one_cycle(0.3, total_steps=31, three_phase=True, anneal_strategy="linear", pct_start=0.4), 31),
    (*one_cycle(0.3, total_steps=20, pct_start=0.0), 20),
    (*one_cycle(0.3, total_steps=20, pct_start=1.0), 20),
    (*one_cycle(0.3, total_steps=30, pct_start=0.8, three_phase=True), 30),
    (*one_cycle(0.3, total_steps=1), 1),
    (*one_cycle(0.3, total_steps=30, cycle_momentum=False), 30),
    (*cyclic(0.01, 0.1, step_size_up=5), 60),
    (*cyclic(0.01, 0.1, step_size_up=5, step_size_down=8), 60),
    (*cyclic(0.01, 0.1, step_size_up=4, mode="triangular2"), 60),
    (*cyclic(0.01, 0.1, step_size_up=4, step_size_down=3, mode="exp_range", gamma=0.97), 60),
    (*cyclic(0.0, 0.1, step_size_up=6, base_momentum=0.3, max_momentum=0.95, mode="triangular2"), 60),
    (*cyclic(0.01, 0.1, step_size_up=5, cycle_momentum=False), 20),
    (*cyclic(0.01, 0.1), 300),
    (rate("SWALR", swa_learning_rate=0.02), lambda optimizer: swa_utils.SWALR(optimizer, 0.02), 20),
    (rate("SWALR", swa_learning_rate=0.3, anneal_steps=7, anneal_strategy="linear"),
     lambda optimizer: swa_utils.SWALR(optimizer, 0.3, 7, "linear"), 20),
    (rate("SWALR", swa_learning_rate=0.05, anneal_steps=0),
     lambda optimizer: swa_utils.SWALR(optimizer, 0.05, 0), 10),
    (ours("SequentialSchedule", schedules=[rate("ConstantLR", factor=0.1, total_iters=20),
                                           rate("ExponentialDecay", **EXPONENTIAL)], milestones=[20]),
     sequential([20], constant(factor=0.1, total_iters=20), exponential(0.9)), 40),
    (ours("SequentialSchedule", schedules=[rate("LinearLR", total_iters=4), rate("StepDecay", step_size=2),
                                           rate("CosineDecay", decay_steps=10)], milestones=[5, 11]),
     sequential([5, 11], linear(total_iters=4), step(2), cosine(10)), 20),
    (ours("Warmup", learning_rate=rate("CosineDecay", decay_steps=20), warmup_steps=8, start_factor=0.25),
     sequential([8], linear(start_factor=0.25, total_iters=8), cosine(20)), 28),
    (ours("Warmup", learning_rate=rate("StepDecay", step_size=3, gamma=0.5), warmup_steps=6, start_factor=0.1,
          mode="constant"),
     sequential([6], constant(factor=0.1, total_iters=7), step(3, 0.5)), 20),
    (ours("Warmup", learning_rate=BASE, warmup_steps=6),
     lambda optimizer: lr_scheduler.LambdaLR(optimizer, lambda t: min(1, t / 6)), 12),
    (ours("ChainedSchedule", schedules=[rate("ConstantLR", factor=0.1, total_iters=20),
                                        factor("ExponentialDecay", **EXPONENTIAL)]),
     chained(constant(factor=0.1, total_iters=20), exponential(0.9)), 40),
    (ours("ChainedSchedule", schedules=[rate("StepDecay", step_size=4, gamma=0.5), factor("LinearLR", total_iters=6),
                                        factor("MultiStepDecay", milestones=[9, 15], gamma=0.2)]),
     chained(step(4, 0.5), linear(total_iters=6), multi_step([9, 15], 0.2)), 20),
]


def run(make, steps):
    """The learning rate and the momentum of an optimizer in each step; the latter null if nothing sets it."""
    weight = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=BASE, momentum=0.123)
    scheduler = make(optimizer)
    rates, momenta = [], []
    for i in range(steps):
        if i > 0:
            scheduler.step()
        rates.append(float(optimizer.param_groups[0]["lr"]))
        momentum = float(optimizer.param_groups[0]["momentum"])
        momenta.append(None if momentum == 0.123 else momentum)
        optimizer.step()
    assert all(math.isfinite(value) for value in rates)
    return {"rates": rates, "momenta": momenta}


def main():
    written = [{"schedule": schedule, **run(make, steps)} for schedule, make, steps in CASES]
    path = pathlib.Path(__file__).with_name("torch_schedules.json")
    path.write_text("[\n" + ",\n".join(json.dumps(each) for each in written) + "\n]\n")


if __name__ == "__main__":
    main()
