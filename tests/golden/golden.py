"""What the scripts of this folder share: numbers that C++ makes exactly alike, and the files. Python 3.8 and later."""

import json
import struct
import sys

import numpy as np

PARAMETERS = {"vector": [5], "matrix": [3, 4], "conv": [2, 3, 2, 2], "scalar": [], "tall": [5, 3],
              "embedding": [3, 2]}
STEPS = 200
KEPT = [1, 2, 10, 50, 200]
NOT_FINITE = {1: float("nan"), 7: float("inf"), 20: float("-inf"), 22: float("nan")}  # by element


class Numbers:
    """24 bits of a linear congruential generator, scaled by powers of two."""

    def __init__(self):
        self.state = 1

    def __call__(self):
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return ((self.state >> 8) - 2**23) * 2.0**-23

    def gradient(self, step, i, not_finite=False):
        """Between -1 and 1; some are 0, some tiny, some huge; if wanted, a few of step 3 are not finite."""
        x = self()
        if not_finite and step == 3 and i in NOT_FINITE:
            return NOT_FINITE[i]
        if (step + i) % 7 == 0:
            return 0.0
        if (step + i) % 11 == 0:
            return x * 2.0**-27
        if (step * 3 + i) % 41 == 0:
            return x * 2.0**13
        return x


def tensors(next_value, dtype):
    return [np.array([next_value() for _ in range(int(np.prod(shape)))], dtype).reshape(shape)
            for shape in PARAMETERS.values()]


def run(dtype, make_variables, step_once, finish=None, not_finite=False, missing=False):
    """The values of all variables after each kept step, and after finish(variables): one row each. `missing`: the
    tall matrix never has a gradient, the convolution's kernel not in every third step."""
    numbers = Numbers()
    variables = make_variables(tensors(numbers, dtype))
    rows = []

    def keep():
        rows.append(np.concatenate([variable.numpy().reshape(-1) for variable in variables]))

    for step in range(1, STEPS + 1):
        i = iter(range(10**6))
        gradients = tensors(lambda: numbers.gradient(step, next(i), not_finite), dtype)
        step_once([None if missing and (name == "tall" or name == "conv" and step % 3 == 0) else gradient
                   for name, gradient in zip(PARAMETERS, gradients)], variables)
        if step in KEPT:
            keep()
    if finish:
        finish(variables)
        keep()
    result = np.array(rows)
    assert result.dtype == dtype, result.dtype
    return result


def save(path, arrays, metadata):
    """A safetensors file; the package for it wants a newer Python."""
    header, offset = {"__metadata__": metadata}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": {"float32": "F32", "float64": "F64"}[array.dtype.name],
                        "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(a.tobytes() for a in arrays.values()))


def load(path):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__")
    return {name: np.frombuffer(data[8 + size:][slice(*entry["data_offsets"])],
                                {"F32": np.float32, "F64": np.float64}[entry["dtype"]]).reshape(entry["shape"])
            for name, entry in header.items()}


def save_runs(path, cases, dtype, run_case, versions):
    """One array for each case (class, options), named `class {options}`, as optim::get() reads them. Cases that the
    file has are kept, unless an argument names their class."""
    old = load(path) if path.exists() else {}
    arrays = {}
    for kind, options in cases:
        name = f"{kind} {json.dumps(options)}"
        if name in old and kind not in sys.argv[1:]:
            arrays[name] = old[name]
        else:
            print(dtype, name, flush=True)
            arrays[name] = run_case(kind, options, dtype)
    save(path, dict(sorted(arrays.items())), {"made_by": versions, "parameters": json.dumps(list(PARAMETERS.items())),
                                              "steps": json.dumps(KEPT)})
