#!/usr/bin/env python3
"""Writes keras_loss_scale.json: what Keras 3.15.1's LossScaleOptimizer makes of gradients that are sometimes not finite.

    pip install -r requirements.txt && python keras_loss_scale.py

For each case: its configuration as Keras writes it, the names of its state, and after each step the scale, the counter,
the inner optimizer's iterations and the parameter. Step s has the gradient scale_loss(slope(s)), or what is not finite.
"""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

STEPS = 14
BAD = {4: float("nan"), 5: float("inf"), 11: float("-inf")}
CASES = [
    ("SGD", {"learning_rate": 0.25}, {"dynamic_growth_steps": 3}),
    ("SGD", {"learning_rate": 0.25, "clipnorm": 0.5, "loss_scale_factor": 4.0}, {"initial_scale": 4.0}),
    ("SGD", {"learning_rate": 0.25, "momentum": 0.5, "gradient_accumulation_steps": 2},
     {"initial_scale": 1.0, "dynamic_growth_steps": 1}),
    ("Adam", {"learning_rate": 0.125}, {"dynamic_growth_steps": 2, "name": "mine"}),
    ("Adam", {}, {}),
]


def run(kind, inner_options, options):
    inner = getattr(keras.optimizers, kind)(**inner_options)
    optimizer = keras.optimizers.LossScaleOptimizer(inner, **options)
    options.setdefault("name", "loss_scale_optimizer")
    config = keras.optimizers.serialize(optimizer)
    parameter = keras.Variable([1.0, -2.0, 0.5], name="w")
    before = float(optimizer.scale_loss(1.0))
    rows = []
    for step in range(1, STEPS + 1):
        slope = tf.constant([step / 8, 1.0, -step / 4])
        scale = optimizer.dynamic_scale if step > 1 else before
        gradient = slope * scale
        if step in BAD:
            gradient = tf.concat([gradient[:2], [BAD[step]]], 0)
        optimizer.apply([gradient], [parameter])
        rows.append([float(optimizer.dynamic_scale), int(optimizer.step_counter), int(inner.iterations),
                     *map(float, parameter.numpy())])
    for each in (config["config"], config["config"]["inner_optimizer"]["config"]):
        each["name"] = each["name"].removesuffix("_" + each["name"].split("_")[-1]) if each["name"][-1].isdigit() \
            else each["name"]
    return {"config": config, "state": [[each.name, each.dtype] for each in optimizer.variables], "rows": rows}


def main():
    written = [run(*case) for case in CASES]
    path = pathlib.Path(__file__).with_name("keras_loss_scale.json")
    path.write_text("[\n" + ",\n".join(json.dumps(each) for each in written) + "\n]\n")


if __name__ == "__main__":
    main()
