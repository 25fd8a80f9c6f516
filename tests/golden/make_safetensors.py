"""Writes reference.safetensors with Hugging Face's own library.

python -m venv venv && venv/bin/pip install safetensors==0.8.0 numpy==2.4.6 && venv/bin/python make_safetensors.py
"""

import pathlib

import numpy
import safetensors
from safetensors.numpy import save_file

assert safetensors.__version__ == "0.8.0" and numpy.__version__ == "2.4.6"

save_file(
    {
        "labels": numpy.array([[-1, 2**40], [3, -(2**63)]], numpy.int64),
        "double": numpy.array([numpy.pi, -0.0, numpy.inf], numpy.float64),
        "layer.0.weight": numpy.arange(6, dtype=numpy.float32).reshape(2, 3) / 4,
        "empty": numpy.zeros((0, 3), numpy.float32),
        "scalar": numpy.array(-7, numpy.int32),
        "pixels": numpy.array([0, 127, 255], numpy.uint8),
        'mask "ü"': numpy.array([True, False, True]),
    },
    pathlib.Path(__file__).parent / "reference.safetensors",
    metadata={"format": "pt"},
)
