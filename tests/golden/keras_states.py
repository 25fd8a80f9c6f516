#!/usr/bin/env python3
"""Writes keras_states.json: the names and shapes of the variables of Keras 3.15.1's optimizers, in their order.

    pip install -r requirements.txt && python keras_states.py
"""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402

import golden  # noqa: E402

SHARED = {"use_ema": True, "gradient_accumulation_steps": 2}
CASES = [("SGD", {}), ("SGD", {"momentum": 0.5}), ("SGD", {**SHARED}), ("RMSprop", {}),
         ("RMSprop", {"centered": True, "momentum": 0.5}), ("Adam", {}), ("Adam", {"amsgrad": True}),
         ("AdamW", {"amsgrad": True}), ("Adagrad", {}), ("Adadelta", {}), ("Adamax", {}), ("Nadam", {}), ("Ftrl", {}),
         ("Lion", {}), ("Lamb", {}), ("Adafactor", {}), ("Muon", {})]
CASES += [(kind, {**SHARED, "momentum": 0.5}) for kind in ("SGD", "RMSprop", "Muon")]
CASES += [(kind, SHARED) for kind in ("Adam", "Nadam", "Lamb", "Adafactor")]


def main():
    written = []
    for kind, options in CASES:
        optimizer = getattr(keras.optimizers, kind)(**options)
        optimizer.build([keras.Variable(keras.ops.zeros(shape), name=name) for name, shape in golden.PARAMETERS.items()])
        written.append({"class_name": kind, "options": options,
                        "state": [[each.name, list(each.shape)] for each in optimizer.variables]})
    path = pathlib.Path(__file__).with_name("keras_states.json")
    path.write_text("[\n" + ",\n".join(json.dumps(each) for each in written) + "\n]\n")


if __name__ == "__main__":
    main()
