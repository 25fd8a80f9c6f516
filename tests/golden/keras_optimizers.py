#!/usr/bin/env python3
"""Writes keras_optimizers_float32.json and _float64.json: what the optimizers of Keras 3.15.1 (Momentum: of
TensorFlow 2.21.0) make of fixed parameters in 100 steps. tests/optim/test_golden.cpp makes the same steps.

    pip install -r requirements.txt && python keras_optimizers.py

Even with floatx = float64, Keras rounds some Python floats to float32 on the way: on TensorFlow,
`ops.cast(0.9, "float64")` is 0.8999999761581421, and schedules compute in float32. The float64 runs therefore give
all numbers as NumPy's float64, so that all of their arithmetic is float64.
"""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

SHAPES = [[5], [3, 4], [2, 3, 2, 2], []]
STEPS = 100
KEPT = [1, 2, 3, 10, 50, 100]
DECAY = {"initial_learning_rate": 0.05, "decay_steps": 7, "decay_rate": 0.9}

# Given explicitly, because Keras would round them like other Python floats, or because there is no default.
DEFAULTS = {"Momentum": {"learning_rate": 0.01, "momentum": 0.9}, "Adam": {"beta_1": 0.9, "beta_2": 0.999}}

# (name, class, options); an option "schedule" stands for ExponentialDecay as the learning rate.
CASES = [
    ("sgd", "SGD", {}),
    ("sgd_learning_rate", "SGD", {"learning_rate": 0.002}),
    ("sgd_momentum", "SGD", {"momentum": 0.9}),
    ("sgd_nesterov", "SGD", {"momentum": 0.9, "nesterov": True}),
    ("sgd_momentum_schedule", "SGD", {"schedule": DECAY, "momentum": 0.8}),
    ("sgd_weight_decay", "SGD", {"learning_rate": 0.02, "weight_decay": 0.1}),
    ("sgd_clipnorm", "SGD", {"momentum": 0.5, "clipnorm": 1.5}),
    ("sgd_clipvalue", "SGD", {"momentum": 0.5, "clipvalue": 0.25}),
    ("sgd_global_clipnorm", "SGD", {"momentum": 0.5, "global_clipnorm": 1.5}),
    ("sgd_global_clipnorm_large", "SGD", {"global_clipnorm": 1e6}),
    ("sgd_clip_decay_schedule", "SGD",
     {"schedule": DECAY, "momentum": 0.5, "nesterov": True, "weight_decay": 0.01, "clipnorm": 2.0}),
    ("momentum", "Momentum", {}),
    ("momentum_nesterov", "Momentum", {"nesterov": True}),
    ("momentum_small", "Momentum", {"learning_rate": 0.003, "momentum": 0.5}),
    ("momentum_schedule", "Momentum", {"schedule": DECAY, "momentum": 0.8}),
    ("momentum_nesterov_staircase", "Momentum",
     {"schedule": {**DECAY, "staircase": True}, "momentum": 0.8, "nesterov": True}),
    ("rmsprop", "RMSprop", {}),
    ("rmsprop_rho", "RMSprop", {"rho": 0.99}),
    ("rmsprop_epsilon", "RMSprop", {"epsilon": 1e-3}),
    ("rmsprop_momentum", "RMSprop", {"momentum": 0.9}),
    ("rmsprop_centered", "RMSprop", {"centered": True, "epsilon": 1e-3}),
    ("rmsprop_centered_momentum", "RMSprop", {"centered": True, "momentum": 0.5, "epsilon": 1e-2}),
    ("rmsprop_schedule_clipvalue", "RMSprop", {"schedule": DECAY, "clipvalue": 0.5}),
    ("rmsprop_weight_decay_clipnorm", "RMSprop", {"learning_rate": 0.01, "weight_decay": 0.05, "clipnorm": 0.1}),
    ("adam", "Adam", {}),
    ("adam_learning_rate", "Adam", {"learning_rate": 0.1}),
    ("adam_betas", "Adam", {"beta_1": 0.8, "beta_2": 0.95}),
    ("adam_epsilon", "Adam", {"epsilon": 1e-2}),
    ("adam_amsgrad", "Adam", {"amsgrad": True, "beta_2": 0.9}),
    ("adam_schedule", "Adam", {"schedule": DECAY}),
    ("adam_staircase", "Adam", {"schedule": {**DECAY, "staircase": True}}),
    ("adam_weight_decay", "Adam", {"learning_rate": 0.01, "weight_decay": 0.1}),
    ("adam_clipnorm", "Adam", {"learning_rate": 0.01, "clipnorm": 1e-3}),
    ("adam_clipvalue", "Adam", {"learning_rate": 0.01, "clipvalue": 0.1}),
    ("adam_global_clipnorm", "Adam", {"learning_rate": 0.01, "global_clipnorm": 1e-3}),
]


class Numbers:
    """Numbers that C++ makes exactly alike: 24 bits of a linear congruential generator, scaled by powers of two."""

    def __init__(self):
        self.state = 1

    def __call__(self):
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return ((self.state >> 8) - 2**23) * 2.0**-23

    def gradient(self, step, i):
        x = self()
        if (step + i) % 7 == 0:
            return 0.0
        if (step + i) % 11 == 0:
            return x * 2.0**-27
        if (step * 3 + i) % 41 == 0:
            return x * 2.0**13
        return x


def tensors(values, dtype):
    result = []
    for shape in SHAPES:
        count = int(np.prod(shape))
        result.append(np.array([next(values) for _ in range(count)], dtype).reshape(shape))
    return result


def numbers(options, dtype):
    """The options with their floats in the dtype: see above."""
    as_dtype = np.float64 if dtype == "float64" else float
    return {key: as_dtype(value) if isinstance(value, float) else value for key, value in options.items()}


def stepper(kind, options, dtype):
    """A function (gradients, variables) that takes one step."""
    options = numbers({**DEFAULTS.get(kind, {}), **options}, dtype)
    if "schedule" in options:
        decay = numbers(options.pop("schedule"), dtype)
        options["learning_rate"] = keras.optimizers.schedules.ExponentialDecay(**decay)
    if kind == "Momentum":
        iteration = tf.Variable(0, dtype=tf.int64)
        rate = options["learning_rate"]
        optimizer = tf.compat.v1.train.MomentumOptimizer(
            (lambda: rate(iteration)) if callable(rate) else tf.constant(rate, dtype),
            tf.constant(options["momentum"], dtype), use_nesterov=options.get("nesterov", False))
        return lambda gradients, variables: optimizer.apply_gradients(
            zip(gradients, variables), global_step=iteration)
    return getattr(keras.optimizers, kind)(**options).apply


def run(name, kind, options, dtype):
    stream = Numbers()
    step_once = stepper(kind, options, dtype)
    start = tensors(iter(stream, None), dtype)
    if kind == "Momentum":
        variables = [tf.Variable(value) for value in start]
    else:
        variables = [keras.Variable(value, dtype=dtype) for value in start]
    kept = []
    for step in range(1, STEPS + 1):
        i = iter(range(10**6))
        gradients = tensors(iter(lambda: stream.gradient(step, next(i)), None), dtype)
        step_once([tf.constant(gradient) for gradient in gradients], variables)
        if step in KEPT:
            kept.append([np.asarray(variable).reshape(-1) for variable in variables])
    # The shortest digits that read back as the same number.
    values = [[float(str(x)) for tensor in tensors_ for x in tensor] for tensors_ in kept]
    return {"name": name, "optimizer": kind, "options": options, "values": values}


def main():
    folder = pathlib.Path(__file__).parent
    for dtype in ("float32", "float64"):
        keras.config.set_floatx(dtype)
        document = {
            "made_by": f"keras_optimizers.py with Keras {keras.__version__}, TensorFlow {tf.__version__}, "
                       f"NumPy {np.__version__}",
            "dtype": dtype, "shapes": SHAPES, "steps": KEPT,
            "cases": [run(*case, dtype) for case in CASES],
        }
        text = json.dumps(document, separators=(",", ":")).replace('{"name"', '\n{"name"')
        (folder / f"keras_optimizers_{dtype}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
