#!/usr/bin/env python3
"""Writes keras_*.keras, models saved by Keras 3.15.1, keras_files.safetensors with what they make, and files by h5py for
tests/fuzz/corpus/hdf5, some of which have what is refused.

    pip install -r requirements.txt h5py==3.14.0 && python keras_files.py

conv.keras and recurrent.keras are saved after 50 steps of training in float64; "conv.x" and "conv.y" are examples and
labels, and "conv/PATH" the variable at PATH of the weights file after 50 steps more (see tests/interop/keras.py), with those
of the optimizer. images.keras and sequences.keras have many layers; "images.result" is what they make of "images.x".
"""

import io
import pathlib
import zipfile

import keras_optimizers  # first: it prepares Keras
import h5py
import keras
import numpy as np
import tensorflow as tf
from keras import layers as L

import golden

HERE = pathlib.Path(__file__).resolve().parent
ROWS, BATCH, CLASSES, STEPS = 24, 8, 3, 50


def examples(*shape):
    numbers = golden.Numbers()
    return np.array([numbers() for _ in range(int(np.prod(shape)))]).reshape(shape)


def start(model):
    """Weights that are multiples of powers of two, so that files are small when compressed, and not like one another."""
    numbers = golden.Numbers()
    for layer in model._flatten_layers():
        for variable in layer._trainable_variables + layer._non_trainable_variables:
            if "int" not in variable.dtype:
                values = np.array([numbers() for _ in range(int(np.prod(variable.shape)))]).reshape(variable.shape)
                variable.assign(np.round(values * 64) / 128 + (1 if variable.name in ("gamma", "moving_variance") else 0))


def convnet():
    return keras.Sequential([
        L.Input((6, 4, 2)), L.Conv2D(3, 3, padding="same", activation="relu", use_bias=False), L.BatchNormalization(),
        L.MaxPooling2D(), L.Flatten(), L.Dense(4, activation="tanh"), L.Dense(CLASSES)])


def recurrent():
    x = keras.Input((4, 3))
    y = L.Conv1D(4, 2, padding="same", activation="relu")(x)
    y = L.Bidirectional(L.LSTM(2, return_sequences=True))(y)
    y = L.Add()([L.GRU(3)(y), L.SimpleRNN(3)(y)])
    return keras.Model(x, L.Dense(CLASSES)(y))


def images():
    shared = L.Conv2D(4, 3, padding="same", activation="gelu")
    inner = keras.Sequential([L.Input((5, 5, 4)), L.DepthwiseConv2D((2, 3), depth_multiplier=2, padding="same"),
                              L.Dense(4, activation="softmax")])
    x = keras.Input((9, 10, 4))
    a = L.Rescaling(0.5, offset=0.25)(x)
    a = shared(shared(a))
    a = L.AveragePooling2D(2, padding="same")(a)
    b = L.ZeroPadding2D(((1, 0), (0, 0)))(x)
    b = L.SeparableConv2D(4, 2, strides=2, activation="silu")(b)
    b = L.GroupNormalization(2, epsilon=2**-10)(b)
    a = L.Multiply()([a, b])
    a = L.Concatenate()([inner(a), a])
    c = L.Conv2DTranspose(4, 3, strides=3, padding="same")(a)
    c = L.MaxPooling2D(3, padding="same")(L.UpSampling2D(2)(c))
    c = L.LayerNormalization()(c)
    d = L.Flatten()(L.Reshape((10, 2, -1))(c))
    e = L.Average()([L.GlobalAveragePooling2D()(a), L.GlobalMaxPooling2D()(a)])
    f = L.Flatten()(a)
    f = L.PReLU()(L.BatchNormalization()(f))
    f = L.Dense(5, activation="elu")(f)
    return keras.Model(x, L.Dense(3, activation="softmax")(L.Concatenate()([d, e, f])))


def sequences():
    x = keras.Input((6,), dtype="int64")
    y = L.Embedding(7, 4)(x)
    y = y + L.MultiHeadAttention(2, 2)(y, y)
    # TensorFlow takes the slope as a float32.
    y = L.LeakyReLU(0.25)(L.BatchNormalization()(y))
    inside = keras.Input((6, 4))
    block = keras.Model(inside, L.Dense(4, activation="mish")(L.LSTM(4, return_sequences=True, go_backwards=True)(inside)))
    y = L.Bidirectional(L.GRU(4, return_sequences=True, reset_after=False), merge_mode="sum")(block(y))
    a = L.GlobalMaxPooling1D()(L.MaxPooling1D(2)(y))
    b = L.Bidirectional(L.SimpleRNN(2, activation="relu"))(L.DepthwiseConv1D(2)(y))
    return keras.Model(x, L.Concatenate()([a, b]))


def variables(model):
    stream = io.BytesIO()
    model.save(HERE / "temporary.keras")
    with zipfile.ZipFile(HERE / "temporary.keras") as archive:
        stream.write(archive.read("model.weights.h5"))
    (HERE / "temporary.keras").unlink()
    found = {}
    with h5py.File(stream) as file:
        file.visititems(lambda path, each: found.update({path: np.array(each)}) if isinstance(each, h5py.Dataset) else None)
    return found


def train(model, x, y, first, steps):
    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = keras.ops.mean(keras.losses.sparse_categorical_crossentropy(y, model(x, training=True), from_logits=True))
        values = [each.value for each in model.trainable_variables]
        model.optimizer.apply(tape.gradient(loss, values), model.trainable_variables)

    for s in range(first, first + steps):
        rows = [(s * BATCH + i) % ROWS for i in range(BATCH)]
        step(tf.constant(x[rows]), tf.constant(y[rows]))


def optimizer(kind, **options):
    return getattr(keras.optimizers, kind)(**keras_optimizers.numbers(options, "float64"))


def hdf5_files(folder):
    """Small files, each of which has one thing."""
    def file(name, **options):
        return h5py.File(folder / name, "w", **options)

    with file("kinds") as f:
        for kind in ("f2", ">f2", "f4", ">f4", "f8", ">f8", "u1", "i1", "i2", ">i4", "i4", "u4", "i8", "u8"):
            f["numbers/" + kind.replace(">", "big_")] = np.array([[1, 2, 3], [4, 5, 100]], dtype=kind)
        f["negative"] = np.array([-3, 5], "i1")
        f["scalar"], f["none"] = np.float32(1.5), np.zeros((0, 3), "f4")
        brain = f.create_dataset("brain", data=np.array([0x3F80, 0xC000], "u2").view("V2"))
        brain.attrs["dtype"] = "bfloat16"
        f.attrs["text"], f.attrs["bytes"], f.attrs["number"] = "größer", np.bytes_(b"fixed"), 3
        f.create_group("empty").attrs["name"] = ""
    with file("many") as f:
        for i in range(40):
            f[str(i)] = np.float32(i)
    with file("soft_link") as f:
        f["a"], f["b"] = np.float32(1), h5py.SoftLink("/a")
    with file("hard_link") as f:
        f["a"] = np.float32(1)
        f["b"] = f["a"]
    with file("cycle") as f:
        f.create_group("a")["b"] = f["/"]
    with file("external_link") as f:
        f["a"] = h5py.ExternalLink("/etc/passwd", "/")
    with file("external_data") as f:
        f.create_dataset("a", (4,), "u1", external=[("/etc/passwd", 0, 4)])
    with file("virtual", libver="earliest") as f:
        layout = h5py.VirtualLayout((4,), "f4")
        layout[:] = h5py.VirtualSource("other.h5", "a", (4,))
        f.create_virtual_dataset("a", layout)
    with file("chunks") as f:
        f.create_dataset("a", data=np.zeros(64, "f4"), chunks=(32,), compression="gzip")
    with file("text") as f:
        f["a"] = "text"
    with file("latest", libver="latest") as f:
        f["a"] = np.float32(1)


def main():
    keras.config.set_floatx("float64")
    arrays = {}
    for name, make, shape, rule in (
            ("conv", convnet, (ROWS, 6, 4, 2), optimizer("Nadam", learning_rate=0.01, beta_1=0.9, beta_2=0.999)),
            ("recurrent", recurrent, (ROWS, 4, 3),
             optimizer("RMSprop", learning_rate=0.003, momentum=0.5, rho=0.9, centered=True))):
        x, y = examples(*shape), np.arange(ROWS) % CLASSES
        model = make()
        start(model)
        model.compile(rule, loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        rule.build(model.trainable_variables)
        train(model, x, y, 0, STEPS)
        model.save(HERE / f"keras_{name}.keras")
        train(model, x, y, STEPS, STEPS)
        arrays |= {f"{name}.x": np.ascontiguousarray(np.moveaxis(x, -1, 1)) if x.ndim > 3 else x, f"{name}.y": y}
        arrays |= {f"{name}/{path}": np.array(each) for path, each in variables(model).items()}
    for name, make, x in (("images", images, examples(3, 9, 10, 4)),
                          ("sequences", sequences, np.floor((examples(3, 6) + 1) / 2 * 7).astype("int64"))):
        model = make()
        start(model)
        model.save(HERE / f"keras_{name}.keras")
        arrays |= {f"{name}.x": np.ascontiguousarray(np.moveaxis(x, -1, 1)) if x.ndim > 3 else x,
                   f"{name}.result": np.array(model(x))}
    arrays = {name: each.astype("float64") for name, each in arrays.items()}
    golden.save(HERE / "keras_files.safetensors", arrays, {"made_by": f"keras_files.py with Keras {keras.__version__}"})
    hdf5_files(HERE.parent / "fuzz" / "corpus" / "hdf5")


if __name__ == "__main__":
    main()
