#!/usr/bin/env python3
"""Writes keras_training.safetensors: a small network that Keras 3.15.1 trains for 300 steps in float64.

    pip install -r requirements.txt && python keras_training.py

The file has the examples, the weights before and after, and the loss of each step (in Keras's layout: kernels are
[in, out]). Batch s is the rows 16 s ... 16 s + 15, modulo 64.
"""

import pathlib

import keras_optimizers  # first: it prepares Keras
import keras
import numpy as np
import tensorflow as tf

import golden

STEPS, EXAMPLES, BATCH = 300, 64, 16
SCHEDULE = {"class_name": "ExponentialDecay", "config": {"initial_learning_rate": 0.02, "decay_steps": 50, "decay_rate": 0.8}}


def main():
    keras.config.set_floatx("float64")
    keras.utils.set_random_seed(1)
    numbers = golden.Numbers()
    inputs = np.array([numbers() for _ in range(EXAMPLES * 8)]).reshape(EXAMPLES, 8)
    targets = np.argmax(np.sin(3 * inputs[:, :4]) + inputs[:, 4:] ** 2, axis=1)
    model = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(16, "tanh"), keras.layers.Dense(4)])
    arrays = {"inputs": inputs, "targets": targets.astype("float64")}
    names = ["0.kernel", "0.bias", "1.kernel", "1.bias"]
    arrays.update({"before." + name: w.numpy() for name, w in zip(names, model.trainable_variables)})
    optimizer = keras.optimizers.Adam(keras_optimizers.make_schedule(SCHEDULE, "float64"), np.float64(0.9), np.float64(0.999))
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = keras.ops.mean(keras.losses.sparse_categorical_crossentropy(y, model(x), from_logits=True))
        variables = [each.value for each in model.trainable_variables]
        optimizer.apply(tape.gradient(loss, variables), model.trainable_variables)
        return loss

    losses = []
    for s in range(STEPS):
        rows = [(s * BATCH + i) % EXAMPLES for i in range(BATCH)]
        losses.append(float(step(tf.constant(inputs[rows]), tf.constant(targets[rows]))))
    arrays["losses"] = np.array(losses)
    arrays.update({"after." + name: w.numpy() for name, w in zip(names, model.trainable_variables)})
    assert all(array.dtype == np.float64 for array in arrays.values())
    golden.save(pathlib.Path(__file__).with_name("keras_training.safetensors"), arrays,
                {"made_by": f"keras_training.py with Keras {keras.__version__}, TensorFlow {tf.__version__}"})
    print(losses[0], losses[-1])


if __name__ == "__main__":
    main()
