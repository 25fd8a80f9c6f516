#!/usr/bin/env python3
"""Writes tf_keras_optimizers_float32.safetensors and _float64.safetensors: what the optimizers of tf.keras in
TensorFlow 2.3.1 make of fixed parameters in 200 steps. tests/optim/test_golden.cpp makes the same with
`.generation = Generation::tf_keras_2_3`. Needs Python 3.8.

    pip install -r requirements-tf23.txt && python tf_keras_optimizers.py
"""

import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

import golden  # noqa: E402

SMOOTH = {"class_name": "ExponentialDecay",
          "config": {"initial_learning_rate": 0.05, "decay_steps": 7, "decay_rate": 0.9}}
STAIRS = {"class_name": "InverseTimeDecay",
          "config": {"initial_learning_rate": 0.05, "decay_steps": 7, "decay_rate": 0.3, "staircase": True}}

CASES = {
    "SGD": [{}, {"learning_rate": 0.002}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True},
            {"learning_rate": SMOOTH}, {"learning_rate": STAIRS, "momentum": 0.5}],
    "RMSprop": [
        {}, {"rho": 0.99}, {"epsilon": 1e-3}, {"momentum": 0.9}, {"momentum": 0.9, "epsilon": 1e-3},
        {"centered": True, "epsilon": 1e-3}, {"centered": True, "momentum": 0.5, "epsilon": 1e-2},
    ],
    "Adam": [{}, {"learning_rate": 0.1}, {"beta_1": 0.8}, {"beta_2": 0.95}, {"epsilon": 1e-2},
             {"amsgrad": True, "beta_2": 0.9}, {"learning_rate": SMOOTH}],
    "Adagrad": [{}, {"learning_rate": 0.1}, {"initial_accumulator_value": 0.5}, {"epsilon": 1e-2},
                {"initial_accumulator_value": 0.0}],
    "Adadelta": [{}, {"learning_rate": 1.0}, {"learning_rate": 1.0, "rho": 0.8}, {"learning_rate": 1.0, "epsilon": 1e-3}],
    "Adamax": [{}, {"learning_rate": 0.1}, {"beta_1": 0.8}, {"beta_2": 0.9}, {"epsilon": 1e-2}],
    "Nadam": [{}, {"learning_rate": 0.1}, {"beta_1": 0.8}, {"beta_2": 0.9}, {"epsilon": 1e-2}],
    "Ftrl": [
        {}, {"learning_rate": 0.1}, {"learning_rate": 0.1, "learning_rate_power": -0.3},
        {"learning_rate": 0.1, "initial_accumulator_value": 0.5},
        {"learning_rate": 0.1, "l1_regularization_strength": 2.0},
        {"learning_rate": 0.1, "l2_regularization_strength": 2.0},
        {"learning_rate": 0.1, "l2_shrinkage_regularization_strength": 0.5},
        {"learning_rate": 0.1, "l1_regularization_strength": 1.0, "l2_regularization_strength": 0.5},
    ],
}

for kind in ("RMSprop", "Adam", "Adagrad", "Adadelta", "Adamax", "Nadam"):
    CASES[kind].append({"epsilon": 0.0})  # means 1e-7


def run_case(kind, options, dtype):
    rate = options.get("learning_rate")
    if isinstance(rate, dict):
        options = {**options, "learning_rate": getattr(tf.keras.optimizers.schedules, rate["class_name"])(**rate["config"])}
    optimizer = getattr(tf.keras.optimizers, kind)(**options)
    return golden.run(dtype, lambda values: [tf.Variable(value) for value in values],
                      lambda gradients, variables: optimizer.apply_gradients(
                          zip([tf.constant(gradient) for gradient in gradients], variables)))


def main():
    folder = pathlib.Path(__file__).parent
    for dtype in ("float32", "float64"):
        tf.keras.backend.set_floatx(dtype)
        golden.save_runs(folder / f"tf_keras_optimizers_{dtype}.safetensors",
                         [(kind, options) for kind, cases in CASES.items() for options in cases], dtype, run_case,
                         f"tf_keras_optimizers.py with TensorFlow {tf.__version__}, NumPy {np.__version__}")


if __name__ == "__main__":
    main()
