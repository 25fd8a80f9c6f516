#!/usr/bin/env python3
"""The state of every layer of Taper loads strictly into PyTorch's layer, and that then gives the same results.

layers.py FOLDER, where FOLDER has the program layers: see tests/run interop. The layers are the rows of tests/nn/layers_FAMILY.cpp
and of tests/golden/layers_FAMILY.py.
"""

import importlib
import pathlib
import subprocess
import sys
import tempfile
from collections import Counter

import torch
from safetensors.torch import load_file

golden = pathlib.Path(__file__).parents[1] / "golden"
sys.path.insert(0, str(golden))
import layer_rows  # noqa: E402

families = {}
layer_rows.write = lambda script, rows: families.__setitem__(pathlib.Path(script).stem.removeprefix("layers_"), rows)
for script in sorted(golden.glob("layers_*.py")):
    importlib.import_module(script.stem)

checked, with_state = 0, 0
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([pathlib.Path(sys.argv[1]) / "layers", folder], check=True)
    for family, rows in families.items():
        drawn = load_file(golden / f"layers_{family}.safetensors")
        count = Counter()
        for name, make, inputs, call, training, _, _ in rows:
            key, count[name] = f"{name}/{count[name]}", count[name] + 1
            path = pathlib.Path(folder) / f"{family}.{key.replace('/', '.')}"
            state = torch.load(f"{path}.pt", weights_only=True)
            module = make().train(training)
            module.load_state_dict(state, strict=True)
            given = [drawn[f"{key}/input {i}"] for i in range(len(inputs))]
            outputs = layer_rows.flat(call(module, *given))
            results = load_file(f"{path}.safetensors")
            assert len(outputs) == len(results), key
            for j, wanted in enumerate(outputs):
                torch.testing.assert_close(results[str(j)], wanted.detach(), rtol=1e-10, atol=1e-10, equal_nan=True, msg=lambda m: f"{key}: {m}")
            checked, with_state = checked + 1, with_state + bool(state)
print(f"{checked} layers, {with_state} of them with a state")
