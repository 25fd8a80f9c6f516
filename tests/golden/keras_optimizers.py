#!/usr/bin/env python3
"""Writes keras_optimizers_float32.safetensors and _float64.safetensors: what the optimizers of Keras 3.15.1
(Momentum: of TensorFlow 2.21.0) make of fixed parameters in 200 steps. tests/optim/test_golden.cpp makes the same.

    pip install -r requirements.txt && python keras_optimizers.py [CLASS...]

It runs the cases that the files lack, and all of the classes that are named.

Even with floatx = float64, Keras on TensorFlow rounds Python floats to float32 on the way: `ops.cast(0.9, "float64")`
is 0.8999999761581421, and schedules compute in float32. The float64 runs therefore give all numbers as NumPy's
float64, so that all of their arithmetic is float64.
"""

import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

import golden  # noqa: E402


def schedule(class_name, **config):
    return {"module": "keras.optimizers.schedules", "class_name": class_name, "config": config,
            "registered_name": None}


DECAY = {"initial_learning_rate": 0.05, "decay_steps": 7, "decay_rate": 0.9}
SMOOTH = schedule("ExponentialDecay", **DECAY)
STAIRS = schedule("ExponentialDecay", **DECAY, staircase=True)
COSINE = schedule("CosineDecay", initial_learning_rate=0.0, decay_steps=100, warmup_target=0.05, warmup_steps=20)

# The options of all optimizers, one at a time and in groups that act on each other. `exclude_from_weight_decay` is no
# option but a call; Keras looks for the patterns in TensorFlow's names, which end in ":0". `not_finite` puts NaN and
# infinities among the gradients; with `missing` some variables have none.
SHARED = [
    {"weight_decay": 0.1}, {"weight_decay": 0.1, "exclude_from_weight_decay": ["^mat", "scal"]},
    {"clipnorm": 0.5}, {"clipvalue": 0.1}, {"global_clipnorm": 0.5}, {"loss_scale_factor": 8.0},
    {"gradient_accumulation_steps": 3}, {"use_ema": True}, {"use_ema": True, "ema_momentum": 0.8},
    {"use_ema": True, "ema_overwrite_frequency": 5}, {"use_ema": True, "ema_overwrite_frequency": 1},
    {"use_ema": True, "gradient_accumulation_steps": 3},
    {"use_ema": True, "ema_overwrite_frequency": 5, "gradient_accumulation_steps": 3},
    {"use_ema": True, "weight_decay": 0.1}, {"use_ema": True, "ema_overwrite_frequency": 5, "clipnorm": 0.5},
    {"loss_scale_factor": 8.0, "clipnorm": 0.5}, {"loss_scale_factor": 8.0, "clipvalue": 0.1},
    {"loss_scale_factor": 8.0, "global_clipnorm": 0.5}, {"loss_scale_factor": 8.0, "gradient_accumulation_steps": 3},
    {"gradient_accumulation_steps": 3, "clipnorm": 0.5}, {"gradient_accumulation_steps": 3, "clipvalue": 0.1},
    {"gradient_accumulation_steps": 3, "global_clipnorm": 0.5}, {"gradient_accumulation_steps": 3, "weight_decay": 0.1},
    {"learning_rate": SMOOTH, "gradient_accumulation_steps": 7, "weight_decay": 0.1, "clipvalue": 0.1},
    {"weight_decay": 0.1, "clipnorm": 0.5},
]
ALL = {"learning_rate": SMOOTH, "weight_decay": 0.1, "exclude_from_weight_decay": ["^mat", "scal"], "clipvalue": 0.1,
       "use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 5, "loss_scale_factor": 8.0,
       "gradient_accumulation_steps": 3}

# For each class, options one at a time and in pairs that act on each other.
CASES = {
    "SGD": [
        {}, {"learning_rate": 0.002}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True},
        {"learning_rate": SMOOTH, "momentum": 0.8}, {"learning_rate": STAIRS, "momentum": 0.8},
        {"learning_rate": COSINE},
        {"momentum": 0.5, "clipnorm": 1.5}, {"momentum": 0.5, "clipvalue": 0.25},
        {"momentum": 0.5, "global_clipnorm": 1.5}, {"global_clipnorm": 1e6},
        {"learning_rate": SMOOTH, "momentum": 0.5, "nesterov": True, "weight_decay": 0.01, "clipnorm": 2.0},
    ],
    "Momentum": [  # TensorFlow has no defaults; these are Taper's
        {}, {"nesterov": True},
        {"learning_rate": 0.003, "momentum": 0.5}, {"learning_rate": SMOOTH, "momentum": 0.8},
        {"learning_rate": STAIRS, "momentum": 0.8, "nesterov": True},
    ],
    "RMSprop": [
        {}, {"rho": 0.99}, {"epsilon": 1e-3}, {"momentum": 0.9}, {"centered": True, "epsilon": 1e-3},
        {"centered": True, "momentum": 0.5, "epsilon": 1e-2}, {"learning_rate": SMOOTH, "clipvalue": 0.5},
        {"learning_rate": 0.01, "weight_decay": 0.05, "clipnorm": 0.1},
    ],
    "Adam": [
        {}, {"learning_rate": 0.1}, {"beta_1": 0.8}, {"beta_2": 0.95}, {"beta_1": 0.0}, {"epsilon": 1e-2},
        {"amsgrad": True, "beta_2": 0.9}, {"learning_rate": SMOOTH}, {"learning_rate": STAIRS},
        {"learning_rate": 0.01, "clipnorm": 1e-3}, {"learning_rate": 0.01, "global_clipnorm": 1e-3},
    ],
    "AdamW": [
        {}, {"weight_decay": 0.3}, {"learning_rate": SMOOTH}, {"beta_1": 0.8, "beta_2": 0.95},
        {"epsilon": 1e-2, "amsgrad": True}, {"clipnorm": 1e-3},
    ],
    "Adagrad": [
        {}, {"learning_rate": 0.1}, {"initial_accumulator_value": 0.5}, {"epsilon": 1e-2},
        {"learning_rate": 0.1, "initial_accumulator_value": 0.0}, {"learning_rate": SMOOTH, "weight_decay": 0.1},
    ],
    "Adadelta": [
        {}, {"learning_rate": 1.0}, {"learning_rate": 1.0, "rho": 0.8}, {"learning_rate": 1.0, "epsilon": 1e-3},
        {"learning_rate": SMOOTH, "weight_decay": 0.1},
    ],
    "Adamax": [
        {}, {"learning_rate": 0.1}, {"beta_1": 0.8}, {"beta_2": 0.9}, {"epsilon": 1e-2},
        {"learning_rate": SMOOTH, "weight_decay": 0.1},
    ],
    "Nadam": [
        {}, {"learning_rate": 0.1}, {"beta_1": 0.8}, {"beta_2": 0.9}, {"epsilon": 1e-2},
        {"learning_rate": SMOOTH, "weight_decay": 0.1}, {"gradient_accumulation_steps": 4},
    ],
    "Ftrl": [
        {}, {"learning_rate": 0.1}, {"learning_rate": 0.5, "learning_rate_power": -0.3},
        {"learning_rate": 0.1, "learning_rate_power": 0.0}, {"learning_rate": 0.1, "initial_accumulator_value": 0.5},
        {"learning_rate": 0.1, "l1_regularization_strength": 2.0},
        {"learning_rate": 0.1, "l2_regularization_strength": 2.0},
        {"learning_rate": 0.1, "l2_shrinkage_regularization_strength": 0.5}, {"learning_rate": 0.1, "beta": 2.0},
        {"learning_rate": 0.1, "l1_regularization_strength": 1.0, "l2_regularization_strength": 0.5, "beta": 1.0},
        {"learning_rate": SMOOTH, "beta": 0.5, "weight_decay": 0.1},
    ],
    "Lion": [
        {}, {"learning_rate": 0.01}, {"beta_1": 0.5}, {"beta_2": 0.5}, {"learning_rate": SMOOTH, "weight_decay": 0.1},
    ],
    "Lamb": [
        {}, {"learning_rate": 0.01}, {"beta_1": 0.8}, {"beta_2": 0.9}, {"epsilon": 1e-2},
        {"learning_rate": SMOOTH, "weight_decay": 0.1}, {"clipvalue": 0.1},
    ],
    "Adafactor": [
        {}, {"learning_rate": 0.1}, {"learning_rate": 1.0, "relative_step": False}, {"beta_2_decay": -0.5},
        {"epsilon_1": 1e-3}, {"epsilon_2": 1.0}, {"clip_threshold": 0.5}, {"learning_rate": SMOOTH},
        {"learning_rate": 0.1, "weight_decay": 0.1}, {"learning_rate": 0.01, "weight_decay": 100.0},
    ],
    "Muon": [
        {}, {"learning_rate": 0.01}, {"adam_beta_1": 0.8}, {"adam_beta_2": 0.9}, {"adam_weight_decay": 0.5},
        {"weight_decay": 0.5}, {"epsilon": 1e-2}, {"exclude_layers": ["^mat", "l+$"]}, {"exclude_embeddings": False},
        {"muon_a": 3.0}, {"muon_b": -4.7}, {"muon_c": 1.5}, {"adam_lr_ratio": 0.5}, {"momentum": 0.5},
        {"ns_steps": 3}, {"nesterov": False}, {"rms_rate": 0.5}, {"rms_rate": None}, {"learning_rate": SMOOTH},
    ],
}

for kind, cases in CASES.items():
    if kind in ("SGD", "Adam", "Lamb"):  # of one slot, of several, written with tensor operations in Taper
        cases += [each if "learning_rate" in each else {"learning_rate": 0.02, **each} for each in SHARED]
    if kind != "Momentum":
        cases += [ALL, {"use_ema": True, "clipvalue": 0.1}, {"not_finite": True}]
CASES["SGD"] += [{"not_finite": True, **each} for each in [
    {"momentum": 0.9}, {"clipnorm": 0.5}, {"global_clipnorm": 0.5}, {"clipvalue": 0.1}, {"use_ema": True},
    {"gradient_accumulation_steps": 3}]]
CASES["SGD"] += [{"missing": True, **each} for each in [
    {"momentum": 0.5}, {"weight_decay": 0.1}, {"use_ema": True}, {"use_ema": True, "ema_overwrite_frequency": 5},
    {"gradient_accumulation_steps": 4}, {"gradient_accumulation_steps": 4, "use_ema": True}, {"global_clipnorm": 0.5}]]
for kind in ("Adam", "Nadam", "Lamb", "Muon"):
    CASES[kind].append({"missing": True})
CASES["Adam"].append({"not_finite": True, "amsgrad": True})
CASES["RMSprop"].append({"not_finite": True, "centered": True, "momentum": 0.5})


def numbers(value, dtype):
    """The options with their floats in the dtype: see above."""
    if isinstance(value, dict):
        return {key: numbers(each, dtype) for key, each in value.items()}
    if isinstance(value, list):
        return [numbers(each, dtype) for each in value]
    return np.float64(value) if isinstance(value, float) and dtype == "float64" else value


def precise_cast(x, dtype, cast=keras.src.backend.core.cast):
    return cast(np.float64(x) if isinstance(x, float) else x, dtype)


keras.src.backend.core.cast = precise_cast
keras.Variable.__array_ufunc__ = None  # NumPy's float64 * Variable is left to the Variable


def make_schedule(config, dtype):
    return getattr(keras.optimizers.schedules, config["class_name"])(**numbers(config["config"], dtype))


def stepper(kind, options, dtype):
    """A function (gradients, variables) that takes one step, and one (variables) for the end or None."""
    options = {**options}
    excluded = options.pop("exclude_from_weight_decay", [])
    rate = options.pop("learning_rate", None)
    options = numbers(options, dtype)
    if rate is not None:
        options["learning_rate"] = make_schedule(rate, dtype) if isinstance(rate, dict) else numbers(rate, dtype)
    if kind == "Momentum":
        options = {**numbers({"learning_rate": 0.01, "momentum": 0.9}, dtype), **options}
        iteration = tf.Variable(0, dtype=tf.int64)
        rate = options["learning_rate"]
        optimizer = tf.compat.v1.train.MomentumOptimizer(
            (lambda: rate(iteration)) if callable(rate) else tf.constant(rate, dtype),
            tf.constant(options["momentum"], dtype), use_nesterov=options.get("nesterov", False))
        return lambda gradients, variables: optimizer.apply_gradients(
            zip(gradients, variables), global_step=iteration), None
    if kind in ("Adam", "AdamW"):  # the defaults, too, as this dtype's numbers
        options = {**numbers({"beta_1": 0.9, "beta_2": 0.999}, dtype), **options}
    if kind == "AdamW":
        options = {**numbers({"weight_decay": 0.004}, dtype), **options}
    optimizer = getattr(keras.optimizers, kind)(**options)
    if excluded:
        optimizer.exclude_from_weight_decay(var_names=excluded)
    apply = []  # traced for the variables of the first step, and again if other gradients are missing

    def step(gradients, variables):
        if not apply:
            optimizer.build(variables)
            apply.append(tf.function(lambda *gradients: optimizer.apply(list(gradients), variables)))
        apply[0](*gradients)

    return step, optimizer.finalize_variable_values if optimizer.use_ema else None


def run_case(kind, options, dtype):
    def variables(values):
        if kind == "Momentum":
            return [tf.Variable(value) for value in values]
        return [keras.Variable(value, dtype=dtype, name=name) for name, value in zip(golden.PARAMETERS, values)]

    options = {**options}
    not_finite = options.pop("not_finite", False)
    missing = options.pop("missing", False)
    step_once, finish = stepper(kind, options, dtype)
    return golden.run(dtype, variables, lambda gradients, variables: step_once(
        [None if gradient is None else tf.constant(gradient) for gradient in gradients], variables), finish, not_finite,
        missing)


# Graphs run as they are written.
tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


def main():
    folder = pathlib.Path(__file__).parent
    for dtype in ("float32", "float64"):
        keras.config.set_floatx(dtype)
        golden.save_runs(folder / f"keras_optimizers_{dtype}.safetensors",
                         [(kind, options) for kind, cases in CASES.items() for options in cases], dtype, run_case,
                         f"keras_optimizers.py with Keras {keras.__version__}, TensorFlow {tf.__version__}, "
                         f"NumPy {np.__version__}")


if __name__ == "__main__":
    main()
