#!/usr/bin/env python3
"""Writes keras_fit.json: what fit(), evaluate() and predict() of Keras 3.15.1 give for small trainings in float64, and when
its EarlyStopping ends one.

    pip install -r requirements.txt && python keras_fit.py

Each case has the examples, the weights before and after (kernels are [in, out]), the history, the loss and accuracies
that evaluate() gives, and predictions. The last batch is smaller than the others.
"""

import json
import pathlib

import keras_optimizers  # first: it prepares Keras
import keras
import numpy as np
import tensorflow as tf

import golden

EXAMPLES, VALIDATION, BATCH, EPOCHS = 22, 7, 4, 4


def lists(arrays):
    return [np.asarray(array).tolist() for array in arrays]


def case(loss, metrics, outputs=3, class_weight=None, weighted=False, split=0.0, repeat=False, optimizer=None, **fit):
    keras.utils.set_random_seed(2)
    numbers = golden.Numbers()
    rows = EXAMPLES + VALIDATION
    x = np.array([numbers() for _ in range(rows * 5)]).reshape(rows, 5)
    classes = np.argmax(np.sin(3 * x[:, :3]) + x[:, 2:] ** 2, axis=1)
    y = classes if loss != "mse" else np.cos(2 * x[:, :outputs])
    weights = np.abs(np.array([numbers() for _ in range(rows)])) + 0.1
    model = keras.Sequential([keras.layers.Input((5,)), keras.layers.Dense(6, "tanh"), keras.layers.Dense(outputs)])
    if loss != "mse":
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        keras.optimizers.Adam(np.float64(0.02), np.float64(0.9), np.float64(0.999), **(optimizer or {})),
        loss=loss,
        metrics=["accuracy"] if metrics else [],
        weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="weighted_accuracy")] if metrics else [],
    )
    result = {"x": x.tolist(), "y": y.tolist(), "weights": weights.tolist() if weighted else [],
              "class_weight": class_weight or {}, "split": split, "before": lists(model.get_weights()),
              "fit": fit, "optimizer": optimizer or {}}
    n = rows if split else EXAMPLES
    validation = None
    if not split:
        validation = (x[n:], y[n:], weights[n:]) if weighted else (x[n:], y[n:])
    if repeat:  # else an epoch ends where the data do
        examples = {"x": tf.data.Dataset.from_tensor_slices((x[:n], y[:n])).batch(BATCH).repeat()}
    else:
        examples = {"x": x[:n], "y": y[:n], "batch_size": BATCH, "validation_split": split,
                    "sample_weight": weights[:n] if weighted else None}
    history = model.fit(
        **examples, epochs=EPOCHS, shuffle=False, verbose=0, class_weight=class_weight, validation_data=validation,
        validation_batch_size=BATCH, **fit,
    )
    result["history"] = history.history
    result["evaluate"] = model.evaluate(x, y, batch_size=BATCH, sample_weight=weights if weighted else None,
                                        verbose=0, return_dict=True)
    result["predict"] = model.predict(x, batch_size=BATCH, verbose=0).tolist()
    result["after"] = lists(model.get_weights())
    return result


def epochs_until_stopped(values, **options):
    """How many epochs EarlyStopping lets a training of eight run, whose loss is as given, then its last value."""
    callback = keras.callbacks.EarlyStopping(**{"monitor": "loss", **options})
    callback.set_model(keras.Sequential())
    callback.model.stop_training = False
    callback.on_train_begin()
    for epoch in range(8):
        callback.on_epoch_end(epoch, {"loss": values[min(epoch, len(values) - 1)]})
        if callback.model.stop_training:
            break
    return {"values": values, "options": options, "epochs": epoch + 1}


def stops():
    return [
        epochs_until_stopped([5, 4, 3, 3, 3, 3, 2, 1], patience=2),
        epochs_until_stopped([5, 4, 3, 3, 3, 3, 2, 1], patience=4),
        epochs_until_stopped([5, 4, 3, 3, 2, 1]),
        epochs_until_stopped([5, 6, 3, 3, 2, 1]),
        epochs_until_stopped([1, 2, 3, 2, 2, 2, 2, 2], patience=2, mode="max"),
        epochs_until_stopped([5, 4.9, 4.8, 4.7], patience=2, min_delta=0.5),
        epochs_until_stopped([5, 4, 3, 2.5, 2.4, 2.3], patience=3, baseline=2),
        epochs_until_stopped([5, 4, 3, 3], patience=2, baseline=2),
        epochs_until_stopped([5, 1, 3, 3], patience=3, baseline=2),
        epochs_until_stopped([1, 2, 3, 4, 5, 6, 7, 8], patience=2, start_from_epoch=3),
        epochs_until_stopped([1, 2, 3, 4, 5, 6, 7, 8], patience=0, start_from_epoch=3),
    ]


def main():
    keras.config.set_floatx("float64")
    cases = {
        "plain": case("cross_entropy", True),
        "class_weight": case("cross_entropy", True, class_weight={0: 0.5, 2: 3.0}),
        "sample_weight": case("cross_entropy", True, weighted=True),
        "regression": case("mse", False, outputs=2),
        "regression_sample_weight": case("mse", False, outputs=2, weighted=True),
        "validation_split": case("cross_entropy", True, split=0.3),
        "validation_freq": case("cross_entropy", True, validation_freq=3),
        "validation_freq_list": case("cross_entropy", True, validation_freq=[1, 4, 9]),
        "validation_steps": case("cross_entropy", True, validation_steps=1),
        "validation_steps_beyond": case("cross_entropy", True, validation_steps=5),
        "steps_per_epoch": case("cross_entropy", True, steps_per_epoch=3),
        "steps_per_epoch_repeat": case("cross_entropy", True, repeat=True, steps_per_epoch=4),
        "use_ema": case("cross_entropy", True, optimizer={"use_ema": True, "ema_momentum": 0.8}),
        "ema_overwrite": case("cross_entropy", True,
                              optimizer={"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 5}),
    }
    path = pathlib.Path(__file__).with_name("keras_fit.json")
    text = json.dumps({"made_by": f"keras_fit.py with Keras {keras.__version__}", "cases": cases, "early_stopping": stops()}, indent=0)
    path.write_text(text.replace("\n", " ").replace("], [", "],\n[") + "\n")
    for name, each in cases.items():
        print(name, {key: values[-1] for key, values in each["history"].items()})


if __name__ == "__main__":
    main()
