#!/usr/bin/env python3
"""Writes promotion.json: PyTorch's result_type of all pairs of operands. torch==2.15.0.

An operand is a dtype with "vector" or "scalar" (a tensor of rank 1 or 0), or "number" with the kind of a Python number.
"""

import json
import pathlib

import torch

DTYPES = {name: getattr(torch, name) for name in ("bool", "uint8", "int32", "int64", "float32", "float64")}
OPERANDS = {f"{name} vector": torch.zeros(2, dtype=dtype) for name, dtype in DTYPES.items()}
OPERANDS |= {f"{name} scalar": torch.zeros((), dtype=dtype) for name, dtype in DTYPES.items()}
OPERANDS |= {"bool number": True, "int64 number": 1, "float64 number": 0.5}

table = [[a, b, str(torch.result_type(x, y)).removeprefix("torch.")]
         for a, x in OPERANDS.items() for b, y in OPERANDS.items()]
lines = ",\n".join(json.dumps(row) for row in table)
pathlib.Path(__file__).with_suffix(".json").write_text(f"[\n{lines}\n]\n")
