#!/usr/bin/env python3
"""Trainings that Keras begins and Taper ends, and the other way round, through Keras's own files.

    tests/run interop keras  # or: keras.py FOLDER_OF_PROGRAMS [OPTIMIZER...]

Each of 200 steps, of which the first 100 are made by one and the others by the other, after the model has gone through a
.keras file with the state of its optimizer. In the end all weights and the whole state of the optimizer are compared with
those of 200 steps in Keras alone, in float64.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers as L  # noqa: E402
from safetensors.numpy import load_file, save_file  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "golden"))
import keras_optimizers  # noqa: E402  # it makes Keras compute in float64 alone

PROGRAM = pathlib.Path(sys.argv[1]).resolve() / "keras"
STEPS, CUT, ROWS, BATCH, CLASSES = 200, 100, 24, 8, 3
TOLERANCE = 1e-9

OPTIMIZERS = [
    ("SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}),
    ("RMSprop", {"learning_rate": 0.003, "momentum": 0.5, "centered": True}),
    ("Adam", {"learning_rate": 0.01, "amsgrad": True}),
    ("AdamW", {"learning_rate": {"module": "keras.optimizers.schedules", "class_name": "ExponentialDecay",
                                 "registered_name": None,
                                 "config": {"initial_learning_rate": 0.01, "decay_steps": 50, "decay_rate": 0.9}},
               "weight_decay": 0.01}),
    ("Nadam", {"learning_rate": 0.01}),
    ("Adagrad", {"learning_rate": 0.05}),
    ("Adadelta", {"learning_rate": 0.5}),
    ("Adamax", {"learning_rate": 0.01, "use_ema": True}),
    ("Lion", {"learning_rate": 0.001}),
    ("Ftrl", {"learning_rate": 0.05}),
]


def images(numbers):
    return numbers.normal(size=(ROWS, 8, 6, 2))


def convnet():
    return keras.Sequential([
        L.Input((8, 6, 2)), L.Conv2D(3, 3, padding="same", activation="relu", use_bias=False), L.BatchNormalization(),
        L.MaxPooling2D(), L.Flatten(), L.Dense(5, activation="tanh"), L.Dense(CLASSES)])


def sequences(numbers):
    return numbers.normal(size=(ROWS, 5, 4))


def recurrent():
    x = keras.Input((5, 4))
    y = L.Conv1D(6, 2, padding="same", activation="relu")(x)
    y = L.LayerNormalization()(y)
    y = L.Bidirectional(L.LSTM(3, return_sequences=True))(y)
    a, b = L.GRU(4)(y), L.SimpleRNN(4)(y)
    y = L.Concatenate()([L.Add()([a, b]), a])
    return keras.Model(x, L.Dense(CLASSES)(y))


MODELS = {"conv": (convnet, images), "recurrent": (recurrent, sequences)}


def channels_first(x):
    return np.ascontiguousarray(np.moveaxis(x, -1, 1)) if x.ndim > 3 else x


def precise(optimizer):
    """Its numbers in float64, as keras_optimizers.py says."""
    for name in ("beta_1", "beta_2", "epsilon", "rho", "momentum", "weight_decay", "ema_momentum"):
        value = getattr(optimizer, name, None)
        if isinstance(value, float) and not isinstance(value, np.float64):
            setattr(optimizer, name, np.float64(value))
    schedule = optimizer._learning_rate
    if hasattr(schedule, "decay_rate"):
        schedule.initial_learning_rate, schedule.decay_rate = map(np.float64, (schedule.initial_learning_rate,
                                                                               schedule.decay_rate))
    return optimizer


def new_optimizer(kind, options):
    return precise(keras.optimizers.deserialize(
        {"module": "keras.optimizers", "class_name": kind, "config": options, "registered_name": None}))


def train(model, x, y, first, steps):
    rule = precise(model.optimizer)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = keras.ops.mean(keras.losses.sparse_categorical_crossentropy(y, model(x, training=True), from_logits=True))
        variables = [each.value for each in model.trainable_variables]
        rule.apply(tape.gradient(loss, variables), model.trainable_variables)

    for s in range(first, first + steps):
        rows = [(s * BATCH + i) % ROWS for i in range(BATCH)]
        step(tf.constant(x[rows]), tf.constant(y[rows]))


def fresh(make, kind, options):
    keras.utils.set_random_seed(3)
    model = make()
    model.compile(new_optimizer(kind, options), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.optimizer.build(model.trainable_variables)
    return model


def values(model):
    return [each.numpy() for each in model.weights if "int" not in each.dtype] + [
        each.numpy() for each in model.optimizer.variables]


def distance(model, reference):
    own, wanted = values(model), values(reference)
    assert [each.shape for each in own] == [each.shape for each in wanted]
    return max(float(np.max(np.abs(a - b) / np.maximum(np.abs(b), 1), initial=0)) for a, b in zip(own, wanted))


def taper(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, arguments))}: {done.stderr}")


def continued(folder, name, kind, options):
    """The distance of trainings by both, in either order, from one by Keras alone."""
    make, examples = MODELS[name]
    numbers = np.random.default_rng(5)
    x, y = examples(numbers), np.arange(ROWS) % CLASSES
    data, begun, half, ended = (folder / each for each in ("data", "begun.keras", "half.keras", "ended.keras"))
    save_file({"x": channels_first(x), "y": y}, data)

    model = fresh(make, kind, options)
    model.save(begun)
    train(model, x, y, 0, CUT)
    model.save(half)
    train(model, x, y, CUT, STEPS - CUT)
    moved = max(float(np.max(np.abs(a - b))) for a, b in zip(values(model), values(keras.models.load_model(half))))
    assert moved > 1e-2, "the second half changes nothing"

    taper("train", data, half, CUT, STEPS - CUT, ended)
    keras_first = distance(keras.models.load_model(ended), model)
    taper("train", data, begun, 0, CUT, half)
    again = keras.models.load_model(half)
    assert int(again.optimizer.iterations) == CUT
    train(again, x, y, CUT, STEPS - CUT)
    taper_first = distance(again, model)
    predicted = folder / "predicted"
    taper("predict", data, ended, predicted)
    error = float(np.max(np.abs(load_file(predicted)["y"] - model.predict(x, verbose=0))))
    return keras_first, taper_first, error


def weights_alone(folder, kind, options):
    """The same by .weights.h5, with a model that is written in Taper."""
    numbers = np.random.default_rng(5)
    x, y = images(numbers), np.arange(ROWS) % CLASSES
    data, half, ended = folder / "data", folder / "half.weights.h5", folder / "ended.weights.h5"
    save_file({"x": channels_first(x), "y": y}, data)
    model = fresh(convnet, kind, options)
    config = json.dumps(keras.optimizers.serialize(model.optimizer), default=float)
    train(model, x, y, 0, CUT)
    model.save_weights(half)
    other = fresh(convnet, kind, options)
    taper("weights", data, half, config, CUT, STEPS - CUT, ended)
    train(model, x, y, CUT, STEPS - CUT)
    other.load_weights(ended)
    keras_first = distance(other, model)
    # The start is Taper's: what both make of it is compared.
    taper("weights", data, "", config, 0, CUT, half)
    other.load_weights(half)
    train(other, x, y, CUT, STEPS - CUT)
    taper("weights", data, half, config, CUT, STEPS - CUT, ended)
    model.load_weights(ended)
    return keras_first, distance(other, model)


def main():
    keras.config.set_floatx("float64")
    worst = 0.0
    chosen = [each for each in OPTIMIZERS if each[0] in sys.argv[2:] or not sys.argv[2:]]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for model in MODELS:
            for kind, options in chosen:
                errors = continued(folder, model, kind, options)
                print(f"{model} {kind}: Keras first {errors[0]:.1e}, Taper first {errors[1]:.1e}, results {errors[2]:.1e}",
                      flush=True)
                worst = max(worst, *errors)
        for kind, options in chosen:
            errors = weights_alone(folder, kind, options)
            print(f"weights {kind}: Keras first {errors[0]:.1e}, Taper first {errors[1]:.1e}", flush=True)
            worst = max(worst, *errors)
    print(f"worst: {worst:.1e}")
    sys.exit(worst > TOLERANCE)


if __name__ == "__main__":
    main()
