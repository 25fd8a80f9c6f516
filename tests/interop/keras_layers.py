#!/usr/bin/env python3
"""Each layer of Keras's that Taper converts, through files in both directions, in float64; and what is refused, by its message.

    tests/run interop keras_layers  # or: keras_layers.py FOLDER_OF_PROGRAMS [NAME...]

For each row of tests/golden/keras_rows.py Keras saves a model (.keras) before and after a change of its weights, and the weights
alone (.weights.h5). Taper's results of the second model, and of the first one with these weights, are compared with Keras's; so are
Keras's of the model and of the weights that Taper then saves, and of some models made in Taper. A layer or an activation that Taper reads and that has no row fails,
and so does an option of such a layer that no row has at another value than its default.
"""

import inspect
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "golden"))
import keras_rows  # noqa: E402
from keras_rows import FEATURES, IMAGE, SEQUENCE, row  # noqa: E402

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers as L  # noqa: E402
from safetensors.numpy import load_file, save_file  # noqa: E402

PROGRAM = pathlib.Path(sys.argv[1]).resolve() / "keras"

# Options that change nothing of what a layer computes, or that belong to all layers: those have a row, or a model, of one layer.
COMMON = {"self", "args", "kwargs", "name", "dtype", "trainable", "seed", "weights", "data_format", "lora_rank", "lora_alpha",
          "quantization_config", "return_state", "stateful", "use_cudnn", "flash_attention", "synchronized", "renorm_clipping", "renorm_momentum"}
COMMON_ENDINGS = ("_initializer", "_regularizer", "_constraint")


def refused_rows():
    """(a part of the message, a row)"""
    yield "expected the dtype float32 or float64, got mixed_float16", row("Dense", FEATURES, units=2, dtype="mixed_float16")
    yield 'expected data_format = "channels_last", got "channels_first"', row("Flatten", IMAGE, data_format="channels_first")
    yield "there is no layer for it here; docs/keras.md lists those that there are", row("Masking", SEQUENCE)
    yield "there is no layer for it here", row("EinsumDense", FEATURES, equation="ab,bc->ac", output_shape=3)
    yield "there is no layer for it here", row("TimeDistributed", SEQUENCE, layer=("Dense", {"units": 2}))
    yield "there is no activation 'sparsemax' here", row("Activation", FEATURES, activation="sparsemax")
    yield "there is no activation 'exponential' here", row("Dense", FEATURES, units=2, activation="exponential")
    yield "mask_zero is not supported: steps of padding count", row("Embedding", (5,), input_dim=6, output_dim=3, words=6, mask_zero=True)
    for kind in ("LSTM", "GRU", "SimpleRNN"):
        yield "dropout = 0.5 is not supported: put a Dropout in front", row(kind, SEQUENCE, units=2, dropout=0.5)
        yield "recurrent_dropout = 0.5 is not supported: a Dropout behind", row(kind, SEQUENCE, units=2, recurrent_dropout=0.5)
        yield "activation sigmoid is not supported: expected tanh", row(kind, SEQUENCE, units=2, activation="sigmoid")
        if kind != "SimpleRNN":
            yield "recurrent_activation = \"relu\" is not supported: expected sigmoid", row(kind, SEQUENCE, units=2, recurrent_activation="relu")
    inner, other = ("LSTM", {"units": 2}), ("LSTM", {"units": 2, "go_backwards": True, "use_bias": False})
    yield "expected a backward_layer with the options of the other one", row("Bidirectional", SEQUENCE, layer=inner, backward_layer=other)
    backwards = ("LSTM", {"units": 2, "go_backwards": True})
    yield "go_backwards is not supported in it", row("Bidirectional", SEQUENCE, layer=backwards, backward_layer=inner)
    for kind in ("BatchNormalization", "GroupNormalization"):
        groups = {"groups": 1} if kind == "GroupNormalization" else {}
        yield "center without scale, or scale without center, is not supported", row(kind, SEQUENCE, center=False, **groups)
        yield "center without scale, or scale without center, is not supported", row(kind, SEQUENCE, scale=False, **groups)
        yield "expected the last axis", row(kind, SEQUENCE, axis=1, **groups)
    yield "expected renorm = false, got true", row("BatchNormalization", SEQUENCE, renorm=True)
    yield "center without scale is not supported", row("LayerNormalization", SEQUENCE, scale=False)
    yield "expected the last axes, got axis [1]", row("LayerNormalization", SEQUENCE, axis=1)
    yield "expected the last axes, got axis [1]", row("RMSNormalization", SEQUENCE, axis=1)
    yield "expected the last axes, got axis 1", row("UnitNormalization", SEQUENCE, axis=1)
    yield "expected features, an input of one axis behind the batch", row("PReLU", SEQUENCE, shared_axes=[1])
    yield "only one of max_value, negative_slope and threshold is supported", row("ReLU", FEATURES, max_value=1.0, threshold=0.5)
    for option, value in (("value_dim", 3), ("output_shape", 3), ("attention_axes", (1, 2)), ("sliding_window", 2), ("use_gate", True)):
        shape = IMAGE if option == "attention_axes" else (5, 8)
        yield "expected", row("MultiHeadAttention", shape, num_heads=2, key_dim=4, **{option: value})
    yield "expected num_heads x key_dim to be the features of its input", row("MultiHeadAttention", (5, 8), num_heads=2, key_dim=3)
    for kind in ("Dropout", "AlphaDropout"):
        yield "expected noise_shape = null", row(kind, SEQUENCE, rate=0.5, noise_shape=(1, 7, 1))
    for axes, shape in ((1, SEQUENCE), (2, IMAGE), (3, keras_rows.VOLUME)):
        kind = f"Conv{axes}DTranspose"
        yield "expected output_padding = null", row(kind, shape, filters=2, kernel_size=3, strides=2, output_padding=1)
        yield "dilation_rate is not supported", row(kind, shape, filters=2, kernel_size=3, dilation_rate=2)
    yield "of one channel it is a plain convolution: use Conv2D", row("DepthwiseConv2D", (6, 5, 1), kernel_size=2)
    yield "that is DepthwiseConv1D with a depth_multiplier", row("Conv1D", SEQUENCE, filters=4, kernel_size=2, groups=4)
    yield "with padding same and strides 1, expected an odd size", row("MaxPooling1D", SEQUENCE, pool_size=2, strides=1, padding="same")
    yield "expected interpolation nearest or bilinear, got bicubic", row("UpSampling2D", IMAGE, size=2, interpolation="bicubic")
    yield "expected the last axis, got axis 1", row("Concatenate", SEQUENCE, axis=1)


class OwnModel(keras.Model):
    def __init__(self, **options):
        super().__init__(**options)
        self.dense = L.Dense(2)

    def call(self, x):
        return self.dense(x)

    def get_config(self):
        return {}


def compiled(optimizer):
    model = keras.Sequential([keras.Input((4,)), L.Dense(3)])
    model.compile(optimizer, loss="mse")
    model.optimizer.build(model.trainable_variables)
    model.optimizer.iterations.assign(1)
    return model


def refused_models():
    """(a part of the message, a model)"""
    x, z = keras.Input(SEQUENCE), keras.Input(SEQUENCE)
    yield "a model with several inputs is not supported", keras.Model([x, z], L.Add()([x, z]))
    yield "a model with several outputs is not supported", keras.Model(x, [L.Dense(2)(x), L.Dense(3)(x)])
    y, state = L.SimpleRNN(2, return_state=True)(x)
    yield "return_state = true is not supported: a layer has one result here", keras.Model(x, y)
    fixed = keras.Input(batch_shape=(1, *SEQUENCE))
    yield "stateful = true is not supported: each call begins with a state of zeros", keras.Model(fixed, L.GRU(2, stateful=True)(fixed))
    y, h, c = L.LSTM(2, return_state=True)(x)
    yield "a layer with several results is not supported", keras.Model(x, L.Add()([y, h]))
    y, state = L.GRU(2, return_state=True)(x)
    yield "return_state = true is not supported", keras.Model(x, y)
    both = L.Bidirectional(L.LSTM(2), merge_mode=None)(x)
    yield "expected merge_mode concat, sum, mul or ave", keras.Model(x, both[0])
    yield "expected one input; otherwise, write the model in C++", keras.Model(x, L.MultiHeadAttention(2, 2)(x, L.Dense(4)(x)))
    own = OwnModel()
    own(np.zeros((1, 4)))
    yield "expected a Sequential or a Functional model, got one of the class OwnModel: write the model in C++, and load its", own
    unbuilt = keras.Sequential([L.Dense(3)])
    yield "the model has no input: give it a keras.Input, or call it, before it is saved", unbuilt
    yield "Adafactor: the shape of '0.weight_r' is not its parameter's, so it cannot be converted", compiled(keras.optimizers.Adafactor())
    yield "LossScaleOptimizer", compiled(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()))


def unreached_options(kind, given):
    """The options of a class that no row has at another value than its default."""
    parameters = inspect.signature(getattr(L, kind).__init__).parameters
    missing = {name for name in parameters if name not in COMMON and not name.endswith(COMMON_ENDINGS)}
    for _, layers, _ in given:
        for own, options in layers:
            inner = [each for each in options.values() if isinstance(each, tuple) and isinstance(each[0], str)]
            for name, values in [(own, options), *inner]:
                if name == kind:
                    missing -= {option for option, value in values.items() if option in missing and value != parameters[option].default}
    return missing


def unreached():
    """What Taper reads, and no row has."""
    names = subprocess.run([PROGRAM, "names"], check=True, capture_output=True, text=True).stdout.splitlines()
    rows = [given for _, given in keras_rows.rows()] + [given for _, given in refused_rows()]
    kinds = {kind for _, given in keras_rows.rows() for kind, _ in given[1]}
    activations = {options["activation"] for _, given in keras_rows.rows() for kind, options in given[1] if kind == "Activation"}
    for name in names:
        kind, *activation = name.split()
        if activation[0] not in activations if activation else kind not in kinds:
            yield f"{name}: there is no row for it"
        elif not activation and kind not in ("Sequential", "Functional"):
            if options := unreached_options(kind, rows):
                yield f"{name}: no row has another value than the default of {sorted(options)}"


def distance(own, wanted):
    assert own.shape == wanted.shape and np.isfinite(own).all(), (own, wanted)
    return float(np.max(np.abs(own - wanted), initial=0) / (np.max(np.abs(wanted), initial=0) + 1e-30))


def saved(folder, name, given):
    """A row's model in files, and its results."""
    model, x = keras_rows.model_of(given), keras_rows.examples(given)
    model.save(folder / f"{name}.begun.keras")
    keras_rows.start(model)
    model.save(folder / f"{name}.keras")
    model.save_weights(folder / f"{name}.weights.h5")
    y = np.array(model(x, training=False))
    x = x.astype("float32") if y.dtype == np.float32 else x
    save_file({"x": keras_rows.channels_first(x)}, folder / f"{name}.x")
    return model, x, y


def for_training(model):
    """Options that only a training shows."""
    keys = {"rate": None, "momentum": None, "stddev": None, "dropout": 0, "trainable": True}
    return sorted((key, layer.get_config()[key]) for layer in model._flatten_layers(include_self=False) for key, default in keys.items()
                  if layer.get_config().get(key, default) != default)


def compared(folder, name, model, x, y):
    """The largest error of what Taper, and then Keras again, makes of the files."""
    if (folder / f"{name}.error").exists():
        raise ValueError((folder / f"{name}.error").read_text())
    own = load_file(folder / f"{name}.y")
    errors = [distance(own[each], keras_rows.channels_first(y)) for each in ("model", "weights")]
    again = keras.saving.load_model(folder / f"{name}.back.keras")
    errors.append(distance(np.array(again(x, training=False)), y))
    assert for_training(again) == for_training(model), (for_training(again), for_training(model))
    keras_rows.start(model, 3)
    model.load_weights(folder / f"{name}.back.weights.h5")
    errors.append(distance(np.array(model(x, training=False)), y))
    return max(errors)


def main():
    keras.config.set_floatx("float64")
    chosen, worst, failures = sys.argv[2:], {}, []
    rows = {name: given for name, given in keras_rows.rows() if not chosen or name.startswith(tuple(chosen))}
    refused = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        results = {name: saved(folder, name, given) for name, given in rows.items()}
        models = [(text, keras_rows.model_of(given)) for text, given in refused_rows()] + list(refused_models())
        for i, (text, model) in enumerate(models if not chosen or "refused" in chosen else []):
            refused[f"refused.{i}"] = text
            model.save(folder / f"refused.{i}.keras")
            save_file({"x": np.zeros(1)}, folder / f"refused.{i}.x")
        subprocess.run([PROGRAM, "layers", folder], check=True)
        for name, result in results.items():
            try:
                allowed, error = keras_rows.tolerance(rows[name], result[2]), compared(folder, name, *result)
            except Exception as error:  # noqa: BLE001
                failures.append(f"{name}: {error}")
                continue
            worst[allowed] = max(worst.get(allowed, 0), error)
            if error > allowed:
                failures.append(f"{name}: an error of {error:.1e}")
        for path in sorted(folder.glob("own.*.keras")):
            made = load_file(path.with_suffix(".y"))
            x = np.moveaxis(made["x"], 1, -1) if made["x"].ndim > 3 else made["x"]
            error = distance(keras_rows.channels_first(np.array(keras.saving.load_model(path)(x, training=False))), made["y"])
            worst[1e-12] = max(worst.get(1e-12, 0), error)
            if error > 1e-12:
                failures.append(f"{path.name}: an error of {error:.1e}")
        for name, text in refused.items():
            path = folder / f"{name}.error"
            message = path.read_text() if path.exists() else "it was read"
            print(message.replace(f"{folder}/", ""))
            if text not in message:
                failures.append(f"expected '{text}', got '{message}'")
    failures += unreached()
    for failure in failures:
        print(failure)
    errors = ", ".join(f"{error:.1e} where {allowed} is allowed" for allowed, error in worst.items())
    print(f"{len(results)} models both ways, largest error {errors}; {len(refused)} models refused; {len(failures)} failures")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
