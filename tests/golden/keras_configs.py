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
wave = optimizers.schedules.CosineDecay(0.0, 10, alpha=0.25, warmup_target=0.5, warmup_steps=5)

WRITTEN = [
    optimizers.SGD(),
    optimizers.SGD(0.5, momentum=0.25, nesterov=True, weight_decay=0.125),
    optimizers.SGD(decay, clipnorm=2.0, name="mine"),
    optimizers.RMSprop(),
    optimizers.RMSprop(rho=0.75, momentum=0.5, epsilon=0.25, centered=True, clipvalue=0.5),
    optimizers.RMSprop(0.125, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=3),
    optimizers.Adam(),
    optimizers.Adam(decay, beta_1=0.5, beta_2=0.75, epsilon=0.125, amsgrad=True, global_clipnorm=1.0),
    optimizers.Adam(0.25, loss_scale_factor=8.0, gradient_accumulation_steps=4),
    optimizers.AdamW(),
    optimizers.AdamW(wave, weight_decay=0.5, beta_1=0.5, beta_2=0.75, epsilon=0.125, amsgrad=True),
    optimizers.Adagrad(),
    optimizers.Adagrad(optimizers.schedules.PiecewiseConstantDecay([5, 10], [0.5, 0.25, 0.125]),
                       initial_accumulator_value=0.5, epsilon=0.25),
    optimizers.Adadelta(),
    optimizers.Adadelta(optimizers.schedules.PolynomialDecay(0.5, 10), rho=0.5, epsilon=0.25),
    optimizers.Adamax(),
    optimizers.Adamax(optimizers.schedules.InverseTimeDecay(0.5, 10, 0.25), beta_1=0.5, beta_2=0.75, epsilon=0.125),
    optimizers.Nadam(),
    optimizers.Nadam(optimizers.schedules.CosineDecayRestarts(0.5, 10), beta_1=0.5, beta_2=0.75, epsilon=0.125),
    optimizers.Ftrl(),
    optimizers.Ftrl(0.5, learning_rate_power=-0.25, initial_accumulator_value=0.5, l1_regularization_strength=0.25,
                    l2_regularization_strength=0.125, l2_shrinkage_regularization_strength=0.75, beta=0.375),
    optimizers.Lion(),
    optimizers.Lion(0.5, beta_1=0.5, beta_2=0.75),
    optimizers.Lamb(),
    optimizers.Lamb(0.5, beta_1=0.5, beta_2=0.75, epsilon=0.125),
    optimizers.Adafactor(),
    optimizers.Adafactor(0.5, beta_2_decay=-0.5, epsilon_1=0.25, epsilon_2=0.125, clip_threshold=2.0, relative_step=False),
    optimizers.Muon(),
    optimizers.Muon(0.5, adam_beta_1=0.5, adam_beta_2=0.75, adam_weight_decay=0.25, epsilon=0.125, weight_decay=0.5,
                    exclude_layers=["a", "b+"], exclude_embeddings=False, muon_a=3.0, muon_b=-4.5, muon_c=2.0,
                    adam_lr_ratio=0.5, momentum=0.5, ns_steps=3, nesterov=False, rms_rate=None),
]

if len(sys.argv) > 1:
    for path in sys.argv[1:]:
        given = json.loads(pathlib.Path(path).read_text())
        optimizer = getattr(optimizers, given["class_name"]).from_config(given["config"])  # deserialize lacks Lamb
        print(type(optimizer).__name__, json.dumps(optimizer.get_config()))
else:
    out = pathlib.Path(__file__).with_name("keras_configs.json")
    out.write_text("[\n" + ",\n".join(json.dumps(optimizers.serialize(each)) for each in WRITTEN) + "\n]\n")
