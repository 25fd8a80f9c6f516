#!/usr/bin/env python3
"""Writes keras_layers.safetensors: drawn small networks that Keras 3.15.1 trains for 100 steps in float64.

    pip install -r requirements.txt && python keras_layers.py

Each array is named as what was trained: {"input": shape, "layers": [[class, options], ...], "optimizer": [class,
options]}, with Keras's names and options (images are [H, W, C]). It holds the losses of all steps, then what the network
makes of all examples in the end, outside of training, which depends on moving averages, then all variables in Keras's
order and layout. Weights and examples are made of golden.Numbers, see start(); batch s is the examples 8 s ... 8 s + 7,
modulo 24, and example i belongs to class i modulo CLASSES.
"""

import json
import pathlib
import random

import keras_optimizers  # first: it prepares Keras
import keras
import numpy as np
import tensorflow as tf

import golden

STEPS, EXAMPLES, BATCH, CLASSES = 100, 24, 8, 3


def some(**options):
    """About half of the options."""
    return {name: value() for name, value in options.items() if random.random() < 0.5}


def normalization():
    both = random.random() < 0.8
    batch = some(momentum=lambda: random.choice([0.9, 0.95, 0.8]), epsilon=lambda: random.choice([1e-4, 1e-2]))
    if not both:
        batch.update(center=False, scale=False)
    layer = some(epsilon=lambda: random.choice([1e-4, 1e-2]), center=lambda: False)
    return random.choice([["BatchNormalization", batch], ["LayerNormalization", layer]])


def activation():
    return ["Activation", {"activation": random.choice(["relu", "tanh", "sigmoid"])}]


def dense(units):
    return ["Dense", {"units": units, **some(use_bias=lambda: False, activation=lambda: "relu")}]


def without_idle_biases(layers):
    """Batch normalization cancels a bias just before it: its gradient would be nothing but rounding."""
    for (_, options), (follower, _) in zip(layers, layers[1:]):
        if follower == "BatchNormalization" and "activation" not in options:
            options["use_bias"] = False
    return layers


def mlp():
    layers = []
    for _ in range(random.choice([1, 2, 3])):
        layers += [dense(random.randint(3, 9)), normalization(), activation()]
    return [random.randint(3, 7)], without_idle_biases(layers) + [["Dense", {"units": CLASSES}]]


def convolution():
    options = {"filters": random.choice([2, 4]), "kernel_size": random.choice([[3, 3], [1, 3]]), **some(
        padding=lambda: "same", use_bias=lambda: False, activation=lambda: "relu",
        dilation_rate=lambda: random.choice([[2, 1], [1, 2]]))}
    if "dilation_rate" not in options and random.random() < 0.7:
        options.update(strides=random.choice([[2, 2], [1, 2]]), kernel_size=random.choice([[2, 2], [2, 3], [3, 3]]))
    return ["Conv2D", options]


def convnet():
    layers = []
    for _ in range(2):
        layers += [convolution(), ["BatchNormalization", normalization()[1]], activation()]
        layers[-2][1].pop("center", 0), layers[-2][1].pop("scale", 0)
    layers += [["GlobalAveragePooling2D", {}], ["Dense", {"units": CLASSES}]]
    return [random.randint(9, 11), random.randint(9, 11), random.choice([1, 2])], without_idle_biases(layers)


def embedding():
    words, size = random.randint(4, 9), random.randint(2, 5)
    return [4], [["Embedding", {"input_dim": words, "output_dim": size}], ["GlobalAveragePooling1D", {}],
                 dense(6), activation(), ["Dense", {"units": CLASSES}]]


def recurrent(kind, index):
    options = {"use_bias": False} if index == 1 else {}
    if kind == "GRU" and index > 1:
        options["reset_after"] = False
    return [random.randint(3, 6), random.randint(2, 4)], [
        [kind, {"units": random.randint(2, 5), **options}], ["Dense", {"units": CLASSES}]]


OPTIMIZERS = [["Adam", {"learning_rate": 0.01}], ["SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}],
              ["RMSprop", {"learning_rate": 0.003}], ["AdamW", {"learning_rate": 0.01}], ["Nadam", {"learning_rate": 0.01}]]


def optimizer(kind, options):
    """With all numbers in float64: see keras_optimizers.py."""
    defaults = {"Adam": {"beta_1": 0.9, "beta_2": 0.999}, "AdamW": {"beta_1": 0.9, "beta_2": 0.999, "weight_decay": 0.004}}
    return getattr(keras.optimizers, kind)(**keras_optimizers.numbers({**defaults.get(kind, {}), **options}, "float64"))


def start(model, numbers):
    """Weights near 0, those that multiply near 1; moving averages as they are."""
    for layer in model.layers:
        for variable in layer.trainable_variables:
            values = np.array([numbers() for _ in range(int(np.prod(variable.shape)))]).reshape(variable.shape)
            variable.assign(values / 2 + (1 if variable.name == "gamma" else 0))


def train(shape, layers, choice):
    numbers = golden.Numbers()
    words = layers[0][1].get("input_dim")
    inputs = np.array([numbers() for _ in range(EXAMPLES * int(np.prod(shape)))]).reshape([EXAMPLES, *shape])
    if words:
        inputs = np.floor((inputs + 1) / 2 * words).astype("int64")
    labels = np.arange(EXAMPLES) % CLASSES
    model = keras.Sequential([keras.layers.Input(shape, dtype="int64" if words else "float64")] + [
        getattr(keras.layers, kind)(**keras_optimizers.numbers(options, "float64")) for kind, options in layers])
    start(model, numbers)
    rule = optimizer(*choice)
    rule.build(model.trainable_variables)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = keras.ops.mean(keras.losses.sparse_categorical_crossentropy(y, model(x, training=True), from_logits=True))
        variables = [each.value for each in model.trainable_variables]
        # Dense: Keras squares the parts of a sparse gradient before it adds those of one row up.
        gradients = [tf.convert_to_tensor(each) for each in tape.gradient(loss, variables)]
        rule.apply(gradients, model.trainable_variables)
        return loss

    losses = []
    for s in range(STEPS):
        rows = [(s * BATCH + i) % EXAMPLES for i in range(BATCH)]
        losses.append(float(step(tf.constant(inputs[rows]), tf.constant(labels[rows]))))
    results = np.array(model(tf.constant(inputs), training=False))
    floating = [variable for variable in model.variables if "int" not in variable.dtype]  # not those of generators
    assert results.dtype == np.float64 and all(variable.dtype == "float64" for variable in floating)
    print(f"{losses[0]:.3f} {losses[-1]:.3f}", layers, flush=True)
    return np.concatenate([np.array(losses), results.reshape(-1)] + [variable.numpy().reshape(-1) for variable in floating])


def main():
    keras.config.set_floatx("float64")
    random.seed(5)
    drawn = [mlp() for _ in range(16)] + [convnet() for _ in range(14)] + [embedding() for _ in range(4)]
    drawn += [recurrent(kind, index) for kind in ("LSTM", "GRU", "SimpleRNN") for index in range(4)]
    arrays = {}
    for i, (shape, layers) in enumerate(drawn):
        choice = OPTIMIZERS[i % len(OPTIMIZERS)]
        arrays[json.dumps({"input": shape, "layers": layers, "optimizer": choice})] = train(shape, layers, choice)
    golden.save(pathlib.Path(__file__).with_name("keras_layers.safetensors"), arrays,
                {"made_by": f"keras_layers.py with Keras {keras.__version__}, TensorFlow {tf.__version__}"})


if __name__ == "__main__":
    main()
