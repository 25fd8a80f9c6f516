"""Layers of Keras 3.15.1 with options that are not their defaults, each as a model that is saved: what tests/golden/keras_calls.py
and tests/interop/keras_layers.py go through. All numbers are powers of two, since TensorFlow takes some as float32.
"""

import keras_optimizers  # noqa: F401  # first: it prepares Keras
import keras
import numpy as np
from keras import layers as L

import golden

FEATURES, SEQUENCE, IMAGE, VOLUME = (4,), (7, 4), (6, 5, 4), (3, 4, 3, 2)
MERGES = {"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"}


def row(kind, shape, *more, words=0, **options):
    """A layer, which may be followed by others, that gets examples of a shape: of numbers from -1 to 1, or of `words`."""
    return shape, [(kind, options), *more], words


def convolutions():
    full = {"padding": "same", "use_bias": False, "activation": "relu"}
    for axes, shape in ((1, SEQUENCE), (2, IMAGE), (3, VOLUME)):
        some = [[2], [2, 3], [2, 1, 3]][axes - 1]
        for kind, own in ((f"Conv{axes}D", {"filters": 6}), (f"DepthwiseConv{axes}D", {"depth_multiplier": 2}),
                          (f"SeparableConv{axes}D", {"filters": 5, "depth_multiplier": 2})):
            if not hasattr(L, kind):
                continue
            same = some if kind.startswith("Conv") else some[0]  # TensorFlow has depthwise strides alike on all axes
            yield row(kind, shape, kernel_size=some, **own)
            yield row(kind, shape, kernel_size=3, strides=same, **own, **full)
            yield row(kind, shape, kernel_size=2, strides=2, padding="same", activation="softmax", **own)
            yield row(kind, shape, kernel_size=2, dilation_rate=[2, 2, 1][:axes] if axes < 3 else 1, padding="same", activation="tanh", **own)
        yield row(f"Conv{axes}D", shape, kernel_size=some, filters=4, groups=2, use_bias=axes > 1)
        kind = f"Conv{axes}DTranspose"
        yield row(kind, shape, filters=3, kernel_size=some)
        yield row(kind, shape, filters=3, kernel_size=3, strides=3, activation="tanh", use_bias=False)
        for size, strides in ((3, 1), (2, 4), (4, 2), (3, 2), (5, 2), (2, 1))[3 * (axes - 1) // 2:]:
            yield row(kind, shape, filters=2, kernel_size=size, strides=strides, padding="same")
        yield row(kind, shape, filters=2, kernel_size=2, strides=3)


def pooling():
    for axes, shape in ((1, SEQUENCE), (2, IMAGE), (3, VOLUME)):
        some = [[3], [3, 2], [2, 3, 1]][axes - 1]
        for name in ("Max", "Average"):
            only = {"dtype": "float32"} if axes == 3 else {}  # TensorFlow has no other
            yield row(f"{name}Pooling{axes}D", shape, pool_size=2, **only)
            yield row(f"{name}Pooling{axes}D", shape, pool_size=some, strides=2, padding="same", **only)
            yield row(f"{name}Pooling{axes}D", shape, pool_size=3, strides=1, padding="same", **only)
            yield row(f"{name}Pooling{axes}D", shape, pool_size=some, strides=1, **only)
            yield row(f"{name}Pooling{axes}D", shape, pool_size=2, strides=3, padding="same", **only)
            yield row(f"Global{name}Pooling{axes}D", shape)
            yield row(f"Global{name}Pooling{axes}D", shape, keepdims=True)


def recurrent():
    for kind in ("LSTM", "GRU", "SimpleRNN"):
        more = [{"reset_after": False}, {"reset_after": False, "use_bias": False}] if kind == "GRU" else []
        more += [{"unit_forget_bias": False}] if kind == "LSTM" else []
        more += [{"activation": "relu"}] if kind == "SimpleRNN" else []
        for options in ({}, {"use_bias": False}, {"return_sequences": True, "go_backwards": True}, {"unroll": True}, *more):
            yield row(kind, SEQUENCE, units=3, **options)
        for mode in ("concat", "sum", "mul", "ave"):
            for sequences in (False, True):
                inner = (kind, {"units": 3, "return_sequences": sequences, **(more[0] if more and mode == "sum" else {})})
                yield row("Bidirectional", SEQUENCE, layer=inner, merge_mode=mode)


def shapes():
    for axes, shape in ((1, SEQUENCE), (2, IMAGE), (3, VOLUME)):
        yield row(f"ZeroPadding{axes}D", shape)
        yield row(f"ZeroPadding{axes}D", shape, padding=[(2, 1), ((1, 0), (2, 3)), ((1, 0), (2, 3), (0, 1))][axes - 1])
        yield row(f"Cropping{axes}D", shape)
        yield row(f"Cropping{axes}D", shape, cropping=[(2, 1), ((1, 0), (2, 1)), ((1, 0), (2, 1), (0, 1))][axes - 1])
        yield row(f"UpSampling{axes}D", shape)
        yield row(f"UpSampling{axes}D", shape, size=[3, (2, 3), (2, 1, 3)][axes - 1])
    yield row("UpSampling2D", IMAGE, size=(2, 3), interpolation="bilinear")
    for shape, target in ((FEATURES, (2, 2)), (SEQUENCE, (-1, 14)), (IMAGE, (10, 12)), (IMAGE, (3, -1, 8)), (VOLUME, (72,)), (FEATURES, (2, 1, 2)), (SEQUENCE, (7, 2, 1, 2))):
        yield row("Reshape", shape, target_shape=target)
    for shape in (SEQUENCE, IMAGE, VOLUME):
        yield row("Flatten", shape)
        yield row("Flatten", shape, ("Dense", {"units": 2}))
    yield row("Flatten", IMAGE, ("BatchNormalization", {}), ("PReLU", {}), ("Dense", {"units": 2}))
    yield row("Flatten", VOLUME, ("Dropout", {"rate": 0.5}), ("LayerNormalization", {}))
    for shape, dims in ((SEQUENCE, (2, 1)), (IMAGE, (3, 1, 2)), (VOLUME, (1, 4, 2, 3))):
        yield row("Permute", shape, dims=dims)
    yield row("RepeatVector", FEATURES, n=3)


def normalizations():
    for shape in (FEATURES, SEQUENCE, IMAGE, VOLUME):
        yield row("BatchNormalization", shape, momentum=0.75, epsilon=0.25)
        yield row("BatchNormalization", shape, epsilon=2**-10, center=False, scale=False, axis=len(shape))
        yield row("LayerNormalization", shape, epsilon=0.25)
        yield row("LayerNormalization", shape, epsilon=2**-10, center=False, axis=len(shape))
        yield row("LayerNormalization", shape, epsilon=2**-10, center=False, scale=False)
        yield row("GroupNormalization", shape, groups=2, epsilon=2**-10)
        yield row("GroupNormalization", shape, groups=-1, epsilon=0.25, center=False, scale=False)
        yield row("RMSNormalization", shape, epsilon=2**-10)
        yield row("UnitNormalization", shape)
        yield row("Softmax", shape)
        yield row("Softmax", shape, axis=1)
    yield row("LayerNormalization", SEQUENCE, epsilon=2**-10, axis=[1, 2])
    yield row("LayerNormalization", IMAGE, epsilon=2**-10, axis=[-2, -1])
    for kind, options in (("BatchNormalization", {"epsilon": 2**-10}), ("Dense", {"units": 2}), ("SeparableConv2D", {"filters": 3, "kernel_size": 2})):
        yield row(kind, IMAGE, **options, trainable=False)


ACTIVATIONS = [
    "linear", "relu", "relu6", "sigmoid", "tanh", "softmax", "log_softmax", "elu", "selu", "gelu", "silu", "swish", "softplus",
    "softsign", "mish", "hard_sigmoid", "hard_silu", "hard_swish", "leaky_relu", "log_sigmoid", "tanh_shrink", "celu", "hard_tanh",
    "hard_shrink", "soft_shrink"]


def activations():
    for name in ACTIVATIONS:
        yield row("Activation", FEATURES, activation=name)
    for name in ("softmax", "log_softmax"):
        yield row("Activation", IMAGE, activation=name)
    for options in ({}, {"max_value": 6.0}, {"max_value": 0.5}, {"negative_slope": 0.25}, {"threshold": 0.25}):
        yield row("ReLU", IMAGE, **options)
    for slope in (0.25, 0.125):
        yield row("LeakyReLU", IMAGE, negative_slope=slope)
    yield row("ELU", IMAGE)
    yield row("ELU", IMAGE, alpha=0.5)
    yield row("PReLU", FEATURES)


def others():
    yield row("Dense", FEATURES, units=3)
    yield row("Dense", FEATURES, units=3, activation="relu", use_bias=False)
    yield row("Dense", SEQUENCE, units=3, activation="elu")
    yield row("Dense", IMAGE, units=3, activation="softmax")
    yield row("Dense", VOLUME, units=3, use_bias=False)
    yield row("Embedding", (5,), input_dim=6, output_dim=3, words=6)
    for options in ({}, {"use_bias": False, "dropout": 0.5}):
        yield row("MultiHeadAttention", (5, 8), num_heads=2, key_dim=4, **options)
    yield row("Dropout", IMAGE, rate=0.5)
    for axes, shape in ((1, SEQUENCE), (2, IMAGE), (3, VOLUME)):
        yield row(f"SpatialDropout{axes}D", shape, rate=0.5)
    yield row("AlphaDropout", FEATURES, rate=0.5)
    yield row("GaussianDropout", FEATURES, rate=0.5)
    yield row("GaussianNoise", FEATURES, stddev=0.5)
    yield row("Rescaling", IMAGE, scale=0.5)
    yield row("Rescaling", SEQUENCE, scale=0.5, offset=0.25)
    yield row("Identity", FEATURES)
    yield row("ActivityRegularization", FEATURES, l1=0.5, l2=0.25)
    for kind in sorted(MERGES):
        yield row(kind, SEQUENCE)
        yield row(kind, IMAGE)
    inside = [("Conv2D", {"filters": 2, "kernel_size": 2}), ("Flatten", {}), ("Dense", {"units": 3, "activation": "tanh"})]
    for kind in ("Sequential", "Functional"):
        yield row(kind, IMAGE, ("Dense", {"units": 2}), layers=inside)


def rows():
    """(name, (shape, layers, words)) of all rows."""
    numbers = {}
    for make in (activations, convolutions, normalizations, others, pooling, recurrent, shapes):
        for each in make():
            kind = each[1][0][0]
            numbers[kind] = numbers.get(kind, -1) + 1
            yield f"{kind}.{numbers[kind]}", each


def layer_of(kind, options):
    if kind in ("Sequential", "Functional"):
        return lambda x: model_of((x.shape[1:], options["layers"], 0), kind == "Sequential")(x)
    inner = {name: layer_of(*value) if isinstance(value, tuple) and isinstance(value[0], str) else value
             for name, value in options.items()}
    return getattr(L, kind)(**inner)


def model_of(given, sequential=False):
    shape, layers, words = given
    x = keras.Input(tuple(shape), dtype="int64" if words else None)
    if sequential:
        return keras.Sequential([x, *[layer_of(*each) for each in layers]])
    y = x
    for kind, options in layers:
        layer = layer_of(kind, options)
        if kind in MERGES:
            y = layer([y, L.Rescaling(-0.5, 0.25)(y)] if kind == "Subtract" else [y, L.Rescaling(-0.5, 0.25)(y), L.Activation("tanh")(y)])
        else:
            y = layer(y, y) if kind == "MultiHeadAttention" else layer(y)
    return keras.Model(x, y)


def examples(given, count=2):
    """Inputs from golden.Numbers."""
    shape, _, words = given
    numbers = golden.Numbers()
    drawn = np.array([numbers() for _ in range(count * int(np.prod(shape)))]).reshape(count, *shape)
    return np.floor((drawn + 1) / 2 * words).astype("int64") if words else drawn


def start(model, seed=1):
    """Other weights: multiples of powers of two, not like one another; what multiplies is near 1."""
    numbers = golden.Numbers()
    numbers.state = seed
    for variable in model.variables:
        if "int" not in variable.dtype:
            values = np.array([numbers() for _ in range(int(np.prod(variable.shape)))]).reshape(variable.shape)
            variable.assign(np.round(values * 64) / 128 + (1 if variable.name in ("gamma", "scale", "moving_variance") else 0))


def tolerance(given, result):
    """TensorFlow takes some numbers of float64 as float32, and resizes in float32."""
    rough = any("bilinear" in options.values() or options.get("activation") in ("gelu", "leaky_relu") for _, options in given[1])
    return 1e-6 if rough or result.dtype == np.float32 else 1e-12


def channels_first(x):
    return np.ascontiguousarray(np.moveaxis(x, -1, 1)) if x.ndim > 3 else x
