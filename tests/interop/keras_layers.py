#!/usr/bin/env python3
"""Each layer of Keras's that Taper converts, through files in both directions, in float64; and what is refused, by its message.

    tests/run interop keras_layers  # or: keras_layers.py FOLDER_OF_PROGRAMS

For each row of tests/golden/keras_rows.py Keras saves a model (.keras) before and after a change of its weights, and the weights
alone (.weights.h5). Taper's results of the second model, and of the first one with these weights, are compared with Keras's; so are
Keras's of the model and of the weights that Taper then saves.
"""

import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "golden"))
import keras_rows  # noqa: E402

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers as L  # noqa: E402
from safetensors.numpy import load_file, save_file  # noqa: E402

PROGRAM = pathlib.Path(sys.argv[1]).resolve() / "keras"


def distance(own, wanted):
    assert own.shape == wanted.shape, (own.shape, wanted.shape)
    return float(np.max(np.abs(own - wanted), initial=0) / (np.max(np.abs(wanted), initial=0) + 1e-30))


def main():
    keras.config.set_floatx("float64")
    results, failures = {}, []
    chosen = sys.argv[2:]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for name, row in keras_rows.rows():
            if chosen and not any(name.startswith(each) for each in chosen):
                continue
            model, x = keras_rows.model_of(row), keras_rows.examples(row)
            model.save(folder / f"{name}.begun.keras")
            keras_rows.start(model)
            model.save(folder / f"{name}.keras")
            model.save_weights(folder / f"{name}.weights.h5")
            y = np.array(model(x, training=False))
            if y.dtype == np.float32:
                x = x.astype("float32")
            results[name] = row, model, x, y
            save_file({"x": keras_rows.channels_first(x)}, folder / f"{name}.x")
        subprocess.run([PROGRAM, "layers", folder], check=True)
        worst = {}
        for name, (row, model, x, y) in results.items():
            error = folder / f"{name}.error"
            if error.exists():
                failures.append(f"{name}: {error.read_text()}")
                continue
            try:
                own, wanted = load_file(folder / f"{name}.y"), keras_rows.channels_first(y)
                errors = [distance(own[each], wanted) for each in ("model", "weights")]
                errors.append(distance(np.array(keras.saving.load_model(folder / f"{name}.back.keras")(x, training=False)), y))
                model.load_weights(folder / f"{name}.back.weights.h5")
                errors.append(distance(np.array(model(x, training=False)), y))
            except Exception as error:  # noqa: BLE001
                failures.append(f"{name}: {error}")
                continue
            allowed = keras_rows.tolerance(row, y)
            worst[allowed] = max(worst.get(allowed, 0), *errors)
            if max(errors) > allowed:
                failures.append(f"{name}: " + " ".join(f"{each:.1e}" for each in errors))
    for failure in failures:
        print(failure)
    print(f"{len(results)} rows, largest error {worst}, {len(failures)} failures")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
