#!/usr/bin/env python3
"""Models exported to ONNX: valid for ONNX's checker, and with the outputs of Taper in onnxruntime, also for another batch.

onnx.py FOLDER, where FOLDER has the program onnx: see tests/run interop.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
from safetensors.numpy import load_file

program = pathlib.Path(sys.argv[1]) / "onnx"
onnxruntime.set_default_logger_severity(3)
worst = 0
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([program, folder], check=True)
    models = sorted(pathlib.Path(folder).glob("*.onnx"))
    assert len(models) > 90, len(models)
    for path in models:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        tensors = load_file(path.with_suffix(".safetensors"))
        names = [each.name for each in session.get_inputs()]
        for part in ("first", "second"):
            inputs = {name: tensors[f"{part}.input.{i}"] for i, name in enumerate(names)}
            outputs = session.run(None, inputs)
            wanted = [tensors[f"{part}.output.{i}"] for i in range(len(outputs))]
            assert f"{part}.output.{len(outputs)}" not in tensors, path.stem
            for given, value in zip(outputs, wanted):
                assert given.shape == value.shape and given.dtype == value.dtype, (path.stem, part, given.shape, value.shape)
                scale = numpy.abs(value).max() + 1e-30
                error = numpy.abs(given.astype(float) - value).max() / scale
                worst = max(worst, error)
                assert error < 5e-6, f"{path.stem}, {part} inputs: a relative error of {error}"
    model = onnx.load(pathlib.Path(folder) / "residual.onnx")
    names = {each.name for each in model.graph.initializer}
    assert {"first.weight", "norm.running_mean", "head.bias"} <= names, names
print(f"onnx: {len(models)} models, largest error relative to the largest output {worst:.1e}")
