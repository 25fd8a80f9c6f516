#!/usr/bin/env python3
"""Writes schedules of Keras 3.15.1 and what they give at the edges of their pieces: keras_schedules.json; with
TensorFlow 2.3.1 and Python 3.8, those of tf.keras: tf_keras_schedules.json.

    pip install -r requirements.txt && python schedules.py
    pip install -r requirements-tf23.txt && python schedules.py

Numbers that are NumPy's float64 make Keras calculate in float64.
"""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

OLD = tf.__version__.startswith("2.3.")
keras = tf.keras if OLD else __import__("keras")


def around(*edges):
    return sorted({0, 1, 1000} | {step for edge in edges for step in (edge - 1, edge, edge + 1)})


PERIOD = {"initial_learning_rate": 0.1, "decay_steps": 10}
RATE = {**PERIOD, "decay_rate": 0.7}
CYCLE = {"initial_learning_rate": 0.1, "first_decay_steps": 10}
WARMUP = {**PERIOD, "warmup_target": 0.3, "warmup_steps": 7}

CASES = [
    ("ExponentialDecay", RATE, around(10, 20, 25)),
    ("ExponentialDecay", {**RATE, "staircase": True}, around(10, 20, 25, 30)),
    ("PiecewiseConstantDecay", {"boundaries": [10], "values": [0.1, 0.2]}, around(10)),
    ("PiecewiseConstantDecay", {"boundaries": [1, 10, 11], "values": [0.7, 0.1, 0.3, 0.2]}, around(2, 10, 11)),
    ("PolynomialDecay", PERIOD, around(5, 10, 20)),
    ("PolynomialDecay", {**PERIOD, "end_learning_rate": 0.25}, around(5, 10)),
    ("PolynomialDecay", {**PERIOD, "power": 2.5}, around(5, 10)),
    ("PolynomialDecay", {**PERIOD, "power": 0.5, "end_learning_rate": 0.01}, around(5, 10)),
    ("PolynomialDecay", {**PERIOD, "cycle": True}, around(5, 10, 20, 30, 100)),
    ("PolynomialDecay", {**PERIOD, "cycle": True, "power": 2.0, "end_learning_rate": 0.0}, around(5, 10, 20, 30)),
    ("InverseTimeDecay", RATE, around(5, 10, 20)),
    ("InverseTimeDecay", {**RATE, "staircase": True}, around(5, 10, 20, 30)),
    ("CosineDecay", PERIOD, around(5, 10)),
    ("CosineDecay", {**PERIOD, "alpha": 0.25}, around(5, 10)),
    ("CosineDecay", WARMUP, around(7, 12, 17)),
    ("CosineDecay", {**WARMUP, "alpha": 0.1}, around(7, 12, 17)),
    ("CosineDecay", {**WARMUP, "initial_learning_rate": 0.0}, around(7, 12, 17)),
    ("CosineDecay", {**WARMUP, "warmup_target": None}, around(7, 10, 17)),
    ("CosineDecay", {**WARMUP, "warmup_steps": 0}, around(7, 10, 17)),
    ("CosineDecayRestarts", CYCLE, around(5, 10, 30, 70, 150)),
    ("CosineDecayRestarts", {**CYCLE, "t_mul": 1.0}, around(5, 10, 20, 30)),
    ("CosineDecayRestarts", {**CYCLE, "t_mul": 1.5}, around(5, 10, 25, 47, 48)),
    ("CosineDecayRestarts", {**CYCLE, "m_mul": 0.5}, around(5, 10, 30, 70)),
    ("CosineDecayRestarts", {**CYCLE, "t_mul": 1.0, "m_mul": 0.9, "alpha": 0.1}, around(5, 10, 20, 30)),
    ("CosineDecayRestarts", {**CYCLE, "t_mul": 3.0, "alpha": 0.25}, around(5, 10, 40, 130)),
]


def find(class_name):
    """CosineDecay and its like were experiments."""
    if not OLD:
        return getattr(keras.optimizers.schedules, class_name)
    return getattr(keras.optimizers.schedules, class_name, None) or getattr(keras.experimental, class_name)


def values(class_name, config, steps, dtype):
    def number(value):
        if isinstance(value, list):
            return [number(each) for each in value]
        return getattr(np, dtype)(value) if isinstance(value, float) else value

    keras.backend.set_floatx(dtype)
    if class_name == "PolynomialDecay":
        config = {"end_learning_rate": 1e-4, **config}  # the default, too
    schedule = find(class_name)(**{key: number(value) for key, value in config.items()})
    # As an optimizer calls it: tf.keras counts in the dtype of the weights, Keras in integers.
    steps = [tf.constant(step, dtype if OLD else "int64") for step in steps]
    return [float(np.asarray(schedule(step))) for step in steps]


def serialized(class_name, config):
    keras.backend.set_floatx("float32")
    result = keras.optimizers.schedules.serialize(find(class_name)(**config))
    return {key: result[key] for key in ("module", "class_name", "config", "registered_name") if key in result}


def main():
    written = []
    for class_name, config, steps in CASES:
        if OLD and "warmup_steps" in config:
            continue
        written.append({"class_name": class_name, "given": config, "schedule": serialized(class_name, config),
                        "steps": steps, **{dtype: values(class_name, config, steps, dtype)
                                           for dtype in (["float32"] if OLD else ["float32", "float64"])}})
    path = pathlib.Path(__file__).with_name("tf_keras_schedules.json" if OLD else "keras_schedules.json")
    path.write_text("[\n" + ",\n".join(json.dumps(each) for each in written) + "\n]\n")


if __name__ == "__main__":
    main()
