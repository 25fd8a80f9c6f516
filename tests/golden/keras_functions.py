#!/usr/bin/env python3
"""Writes keras_functions.safetensors: losses of Keras 3.15.1, and layers that are a function or a cell in Taper, in float64.

    pip install -r requirements.txt && python keras_functions.py

For each row of the table: "NAME/input I" (of a layer, its variables in Keras's order come after what it is called with), "NAME/output",
"NAME/cotangent" and, for each input that has one, "NAME/gradient I", that of the sum of output * cotangent. tests/nn/test_keras_functions.cpp
computes the same. Losses are called with the target, then with the prediction. Inputs are multiples of 1/64.
"""

import pathlib
import random

import keras_optimizers  # noqa: F401  # first: it prepares Keras
import keras
import numpy as np
import tensorflow as tf
from keras import layers as L

import golden


def numbers(*shape, low=-1.0, high=1.0):
    return np.array([round(64 * random.uniform(low, high)) / 64 for _ in range(int(np.prod(shape)))]).reshape(shape)


def probabilities(*shape):
    return numbers(*shape, low=0.05, high=0.95)


def distributions(*shape):
    """That sum up to 1: of 64ths."""
    rows = [np.bincount([random.randrange(shape[-1]) for _ in range(64 - shape[-1])], minlength=shape[-1]) + 1 for _ in range(int(np.prod(shape[:-1])))]
    return (np.array(rows) / 64).reshape(shape)


def labels(*shape, classes):
    return np.array([random.randrange(classes) for _ in range(int(np.prod(shape)))]).reshape(shape).astype("float64")


def one_hot(rows, classes):
    return np.eye(classes)[[random.randrange(classes) for _ in range(rows)]]


def cell(inputs):
    layer, x, *states = inputs
    y, after = layer(x, list(states) if len(states) > 1 else states[0])
    return tf.concat([y, *(after[1:] if isinstance(after, (list, tuple)) else [])], -1)


def layer_rows():
    """(name, layer, inputs, call)"""
    one = lambda layer, *inputs: layer(*inputs)
    many = lambda layer, *inputs: layer(list(inputs))
    yield "EinsumDense", L.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de", activation="tanh"), [numbers(2, 3, 4)], one
    yield "Lambda", L.Lambda(lambda x: x * x + 1), [numbers(2, 3)], one
    yield "LSTMCell", L.LSTMCell(3), [numbers(2, 4), numbers(2, 3), numbers(2, 3)], lambda *inputs: cell(inputs)
    yield "LSTMCell", L.LSTMCell(3, use_bias=False), [numbers(2, 4), numbers(2, 3), numbers(2, 3)], lambda *inputs: cell(inputs)
    yield "GRUCell", L.GRUCell(3), [numbers(2, 4), numbers(2, 3)], lambda *inputs: cell(inputs)
    yield "GRUCell", L.GRUCell(3, reset_after=False), [numbers(2, 4), numbers(2, 3)], lambda *inputs: cell(inputs)
    yield "SimpleRNNCell", L.SimpleRNNCell(3), [numbers(2, 4), numbers(2, 3)], lambda *inputs: cell(inputs)
    yield "SimpleRNNCell", L.SimpleRNNCell(3, activation="relu"), [numbers(2, 4), numbers(2, 3)], lambda *inputs: cell(inputs)
    yield "SpectralNormalization", L.SpectralNormalization(L.Dense(3), power_iterations=2), [numbers(2, 4)], lambda layer, x: layer(x, training=True)
    for causal in (False, True):
        yield "GroupQueryAttention", L.GroupQueryAttention(4, 4, 2), [numbers(2, 3, 5), numbers(2, 3, 6)], lambda layer, q, v, causal=causal: layer(q, v, use_causal_mask=causal)
    for options, causal in (({}, False), ({}, True), ({"use_scale": True}, False)):
        yield "Attention", L.Attention(**options), [numbers(2, 3, 4), numbers(2, 5, 2), numbers(2, 5, 4)], lambda layer, *inputs, causal=causal: layer(list(inputs), use_causal_mask=causal)
    for options in ({"axes": (1, 2)}, {"axes": 2, "normalize": True}):
        yield "Dot", L.Dot(**options), [numbers(2, 3, 4), numbers(2, 5, 3 if options["axes"] == (1, 2) else 4)], many


def loss_rows():
    """(name, loss, target, prediction)"""
    K = keras.losses
    for logits in (True, False):
        for options in ({}, {"label_smoothing": 0.25}):
            x = numbers(3, 4, low=-3, high=3) if logits else probabilities(3, 4)
            yield "binary_crossentropy", K.BinaryCrossentropy(from_logits=logits, **options), np.round(probabilities(3, 4)), x
    for options in ({}, {"apply_class_balancing": True}, {"gamma": 1.0}, {"apply_class_balancing": True, "alpha": 0.75, "gamma": 3.0}):
        yield "binary_focal_crossentropy", K.BinaryFocalCrossentropy(from_logits=True, **options), np.round(probabilities(3, 4)), numbers(3, 4, low=-3, high=3)
    for options in ({}, {"label_smoothing": 0.25}):
        yield "categorical_crossentropy", K.CategoricalCrossentropy(from_logits=True, **options), distributions(3, 4), numbers(3, 4, low=-3, high=3)
    yield "categorical_crossentropy", K.CategoricalCrossentropy(), distributions(3, 4), distributions(3, 4)
    yield "categorical_crossentropy", K.CategoricalCrossentropy(from_logits=True, axis=1), np.moveaxis(distributions(2, 5, 3), -1, 1), numbers(2, 3, 5)
    yield "sparse_categorical_crossentropy", K.SparseCategoricalCrossentropy(from_logits=True), labels(5, classes=4), numbers(5, 4, low=-3, high=3)
    yield "sparse_categorical_crossentropy", K.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1), labels(9, classes=4), numbers(9, 4, low=-3, high=3)
    yield "sparse_categorical_crossentropy", K.SparseCategoricalCrossentropy(), labels(5, classes=4), distributions(5, 4)
    yield "poisson", K.Poisson(), numbers(3, 4, low=0, high=3), numbers(3, 4, low=0.25, high=3)
    yield "kl_divergence", K.KLDivergence(), distributions(3, 4), distributions(3, 4)
    yield "ctc", K.CTC(), np.array([[1.0, 2, 0], [2, 2, 3]]), numbers(2, 7, 4, low=-2, high=2)
    for name in ("MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "LogCosh", "Hinge", "SquaredHinge"):
        own = "".join("_" + each.lower() if each.isupper() else each for each in name)[1:]
        yield own, getattr(K, name)(), numbers(3, 4, low=0.25, high=2) * np.sign(numbers(3, 4)) if "inge" not in name else np.sign(numbers(3, 4) + 1 / 128), numbers(3, 4, low=-3, high=3)
    yield "hinge", K.Hinge(), np.round(probabilities(3, 4)), numbers(3, 4, low=-3, high=3)
    yield "mean_squared_error", K.MeanSquaredError("sum"), numbers(3, 4), numbers(3, 4)
    yield "mean_squared_error", K.MeanSquaredError("none"), numbers(3, 4), numbers(3, 4)
    yield "mean_squared_logarithmic_error", K.MeanSquaredLogarithmicError(), numbers(3, 4, low=0, high=3), numbers(3, 4, low=-0.5, high=3)
    yield "cosine_similarity", K.CosineSimilarity(), numbers(3, 4), numbers(3, 4)
    yield "cosine_similarity", K.CosineSimilarity(axis=1), numbers(2, 3, 4), numbers(2, 3, 4)
    for options in ({}, {"delta": 0.5}):
        yield "huber", K.Huber(**options), numbers(3, 4, low=-2, high=2), numbers(3, 4, low=-2, high=2)
    yield "categorical_hinge", K.CategoricalHinge(), one_hot(3, 4), numbers(3, 4, low=-3, high=3)
    for options in ({}, {"axis": (1, 2)}):
        yield "dice", K.Dice(**options), np.round(probabilities(2, 3, 4)), probabilities(2, 3, 4)
    for options in ({}, {"alpha": 0.25, "beta": 0.75}, {"alpha": 0.75, "beta": 0.5, "axis": (1, 2)}):
        yield "tversky", K.Tversky(**options), np.round(probabilities(2, 3, 4)), probabilities(2, 3, 4)


def table():
    """(name, inputs, those that have a gradient, function of them)"""
    for name, layer, inputs, call in layer_rows():
        call(layer, *inputs)
        variables = layer.variables
        for variable in variables:
            if "int" not in variable.dtype:
                values = numbers(*variable.shape)
                # u of the power method has the length 1: the same for both.
                variable.assign(values / np.linalg.norm(values) if variable.name == "vector_u" else values)
        floating = [each for each in variables if "int" not in each.dtype]
        # SpectralNormalization overwrites its kernel before it is used: there is no gradient by what it was.
        trained = [len(inputs) + i for i, each in enumerate(floating)
                   if each.trainable and (name, each.name) != ("SpectralNormalization", "kernel")]

        def function(*tensors, layer=layer, call=call, count=len(inputs)):
            return call(layer, *tensors[:count])

        yield name, [*inputs, *[each.numpy() for each in floating]], [*range(len(inputs)), *trained], function, floating
    for name, loss, target, prediction in loss_rows():
        yield name, [target, prediction], [1], loss, []


def main():
    keras.config.set_floatx("float64")
    random.seed(3)
    arrays, count = {}, {}
    for name, inputs, leaves, function, variables in table():
        count[name] = count.get(name, -1) + 1
        key = f"{name}.{count[name]}"
        given = [tf.constant(each) for each in inputs[:len(inputs) - len(variables)]]
        sources = [*given, *[each.value for each in variables]]
        with tf.GradientTape() as tape:
            tape.watch(given)
            output = function(*given)
        cotangent = numbers(*output.shape)
        with tf.GradientTape() as tape:
            tape.watch(given)
            for variable, value in zip(variables, inputs[len(given):]):
                variable.assign(value)  # as before the first call
            total = tf.reduce_sum(function(*given) * cotangent)
        gradients = tape.gradient(total, sources, unconnected_gradients="zero")
        for i, each in enumerate(inputs):
            arrays[f"{key}/input {i}"] = each
            if i in leaves:
                arrays[f"{key}/gradient {i}"] = np.array(tf.convert_to_tensor(gradients[i]))
        arrays[f"{key}/output"], arrays[f"{key}/cotangent"] = np.array(output), cotangent
    golden.save(pathlib.Path(__file__).with_name("keras_functions.safetensors"),
                {name: np.asarray(each, "float64") for name, each in arrays.items()},
                {"made_by": f"keras_functions.py with Keras {keras.__version__}, TensorFlow {tf.__version__}"})


if __name__ == "__main__":
    main()
