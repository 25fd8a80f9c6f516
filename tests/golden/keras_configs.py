#!/usr/bin/env python3
"""Writes keras_configs.json: optimizers as keras.optimizers.serialize of Keras 3.15.1 writes them. With
arguments, reads files that taper::optim::serialize wrote instead, and prints what Keras makes of them.

    pip install -r requirements.txt && python keras_configs.py [FILE...]
"""

import json
import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402

optimizers = keras.optimizers
decay = optimizers.schedules.ExponentialDecay(0.5, 7, 0.25, staircase=True)

WRITTEN = [
    optimizers.SGD(),
    optimizers.SGD(0.5, momentum=0.25, nesterov=True, weight_decay=0.125),
    optimizers.SGD(decay, clipnorm=2.0, name="mine"),
    optimizers.RMSprop(rho=0.75, momentum=0.5, epsilon=0.25, centered=True, clipvalue=0.5),
    optimizers.RMSprop(0.125, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=3),
    optimizers.Adam(),
    optimizers.Adam(decay, beta_1=0.5, beta_2=0.75, epsilon=0.125, amsgrad=True, global_clipnorm=1.0),
    optimizers.Adam(0.25, loss_scale_factor=8.0, gradient_accumulation_steps=4),
]

if len(sys.argv) > 1:
    for path in sys.argv[1:]:
        optimizer = optimizers.deserialize(json.loads(pathlib.Path(path).read_text()))
        print(type(optimizer).__name__, json.dumps(optimizer.get_config()))
else:
    out = pathlib.Path(__file__).with_name("keras_configs.json")
    out.write_text("[\n" + ",\n".join(json.dumps(optimizers.serialize(each)) for each in WRITTEN) + "\n]\n")
