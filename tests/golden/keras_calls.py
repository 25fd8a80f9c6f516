#!/usr/bin/env python3
"""Writes keras_calls.safetensors: what Keras 3.15.1 makes of the models of keras_rows.py in float64, and gradients.

    pip install -r requirements.txt h5py==3.14.0 && python keras_calls.py

For each row: "NAME/x", "NAME/y", "NAME/cotangent" and "NAME/gradient x", with the channels in front, as in Taper; and for each
variable, at its path in a weights file, "NAME/PATH" and, if it is trained, "NAME/gradient PATH", in Keras's layout. Gradients
are those of the sum of y * cotangent, outside of training. The description of the model is in the metadata. What goes in are
float32 numbers.
"""

import json
import pathlib
import tempfile

import keras_rows  # first: it prepares Keras
import h5py
import keras
import numpy as np
import tensorflow as tf

import golden


def without_noise(config):
    """What a layer computes."""
    if isinstance(config, list):
        return [without_noise(each) for each in config]
    if not isinstance(config, dict):
        return config
    left_out = {"module", "registered_name", "build_config", "compile_config", "seed", "quantization_config", "shape", "sparse",
                "ragged", "optional"}
    return {key: without_noise(value) for key, value in config.items()
            if key not in left_out and not key.endswith(("_initializer", "_regularizer", "_constraint"))}


def variables(model):
    """All floating variables by their paths in a weights file."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.weights.h5"
        model.save_weights(path)
        with h5py.File(path) as file:
            file.visititems(lambda path, each: found.update({path: np.array(each)}) if isinstance(each, h5py.Dataset) else None)
    return {path: value for path, value in found.items() if "float" in value.dtype.name}


def call(name, row):
    model, x = keras_rows.model_of(row), keras_rows.examples(row, 1)
    keras_rows.start(model)
    arrays = {f"{name}/x": keras_rows.channels_first(x).astype("float32")}
    arrays |= {f"{name}/{path}": value.astype("float32") for path, value in variables(model).items()}
    given = tf.constant(x)
    weights = [each.value for each in model.trainable_variables]
    numbers = golden.Numbers()
    numbers.state = 7
    with tf.GradientTape() as tape:
        tape.watch(given)
        y = model(given, training=False)
        cotangent = np.array([numbers() for _ in range(int(np.prod(y.shape)))]).reshape(y.shape)
        total = tf.reduce_sum(tf.cast(y, "float64") * cotangent)
    sources = weights if row[2] else [given, *weights]
    gradients = [np.array(tf.convert_to_tensor(each)) for each in tape.gradient(total, sources)]
    if not row[2]:
        arrays[f"{name}/gradient x"] = keras_rows.channels_first(gradients.pop(0))
    arrays[f"{name}/y"] = keras_rows.channels_first(np.array(y))
    arrays[f"{name}/cotangent"] = keras_rows.channels_first(cotangent).astype("float32")
    trained = {id(each) for each in model.trainable_variables}
    for variable in model.variables:  # what a file has of those that are not trained is this
        if "int" not in variable.dtype and id(variable) not in trained:
            variable.assign(np.full(variable.shape, np.nan))
    for variable, gradient in zip(model.trainable_variables, gradients):
        variable.assign(gradient)
    arrays |= {f"{name}/gradient {path}": value for path, value in variables(model).items() if not np.isnan(value).any()}
    return arrays, json.dumps(without_noise(json.loads(model.to_json())), separators=(",", ":"))


def main():
    keras.config.set_floatx("float64")
    arrays, metadata = {}, {"made_by": f"keras_calls.py with Keras {keras.__version__}, TensorFlow {tf.__version__}"}
    for name, row in keras_rows.rows():
        keras.backend.clear_session()  # so that names do not depend on the rows before
        own, metadata[name] = call(name, row)
        arrays |= own
    golden.save(pathlib.Path(__file__).with_name("keras_calls.safetensors"), arrays, metadata)


if __name__ == "__main__":
    main()
