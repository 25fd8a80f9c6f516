#!/usr/bin/env python3
"""Writes keras_plateau.json: the learning rates that Keras 3.15.1's callback ReduceLROnPlateau sets, epoch by epoch.

    pip install -r requirements.txt && python keras_plateau.py
"""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402

import golden  # noqa: E402

CASES = [{"patience": 2}, {"factor": 0.5, "patience": 1}, {"factor": 0.5, "patience": 0},
         {"patience": 2, "min_delta": 0.05}, {"patience": 2, "min_delta": 0.0}, {"patience": 1, "cooldown": 3, "factor": 0.5},
         {"patience": 1, "factor": 0.5, "min_lr": 0.03}, {"patience": 2, "mode": "max"},
         {"patience": 2, "mode": "max", "min_delta": 0.1, "cooldown": 1, "factor": 0.7, "min_lr": 0.01},
         {"patience": 3, "min_delta": 0.02, "cooldown": 2, "factor": 0.3}, {}]


def metrics():
    """Falls, stays, gets worse, falls again: with noise, and exact ties."""
    numbers = golden.Numbers()
    values = [2 * 0.9**epoch + 0.02 * numbers() for epoch in range(30)]
    return values + values[-1:] * 5 + [0.5 + 0.1 * numbers() for _ in range(20)] + [0.01, 0.01, 0.009]


def run(options):
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    callback = keras.callbacks.ReduceLROnPlateau(monitor="loss", **options)
    callback.set_model(model)
    callback.on_train_begin()
    rows = []
    for epoch, loss in enumerate(metrics()):
        callback.on_epoch_end(epoch, {"loss": loss})
        rows.append([float(model.optimizer.learning_rate), callback.wait, callback.cooldown_counter])
    return {"options": options, "rows": rows}


def main():
    written = {"metrics": metrics(), "runs": [run(options) for options in CASES]}
    path = pathlib.Path(__file__).with_name("keras_plateau.json")
    path.write_text(json.dumps(written).replace('{"options"', '\n{"options"') + "\n")


if __name__ == "__main__":
    main()
