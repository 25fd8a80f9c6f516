#!/usr/bin/env python3
"""Writes files/NAME.npy, .npz and .pt with NumPy and PyTorch, for tests/io, and tensor_files.safetensors with what Taper is to read
from them, under "NAME/KEY": types that Taper does not have are there as the wider ones. numpy==2.4.6, torch==2.15.0.

Some files are hostile, or of kinds that are to be refused: an array of objects, a whole module, a file of before PyTorch 1.6.
"""

import os
import pathlib
import zipfile

import numpy
import torch
from safetensors.torch import save_file

folder = pathlib.Path(__file__).parent / "files"
folder.mkdir(exist_ok=True)
expected = {}
wider = {"int8": "int32", "int16": "int32", "uint16": "int32", "uint32": "int64", "uint64": "int64"}


def expect(name, tensors):
    for key, x in tensors.items():
        x = torch.from_numpy(numpy.ascontiguousarray(x).reshape(x.shape)) if isinstance(x, numpy.ndarray) else x
        dtype = str(x.dtype).removeprefix("torch.")
        expected[f"{name}/{key}"] = x.detach().to(getattr(torch, wider.get(dtype, dtype))).clone().contiguous()


# Every dtype, with its extremes.
arrays = {"bool": numpy.array([True, False, True])}
for bits in (8, 16, 32, 64):
    for kind in ("int", "uint"):
        info = numpy.iinfo(f"{kind}{bits}")
        arrays[info.dtype.name] = numpy.array([info.min, 1, info.max if info.max < 2**63 else 2**63 - 1], info.dtype)
for bits in (16, 32, 64):
    info = numpy.finfo(f"float{bits}")
    values = [0.0, -0.0, 1 / 3, float(info.max), float(info.smallest_subnormal), numpy.inf, -numpy.inf]
    arrays[info.dtype.name] = numpy.array(values, info.dtype)
arrays["empty"] = numpy.zeros((2, 0, 3), numpy.float32)
arrays["scalar"] = numpy.array(-1.5)
arrays["folder/ü"] = numpy.arange(6, dtype=numpy.float32).reshape(2, 3)
numpy.savez(folder / "arrays.npz", **arrays)
numpy.savez_compressed(folder / "compressed.npz", **arrays)
expect("arrays", arrays)

matrix = numpy.arange(24, dtype=numpy.float32).reshape(2, 3, 4)
numpy.save(folder / "columns.npy", numpy.asfortranarray(matrix))
expect("columns", {"array": matrix})
numpy.savez(folder / "big.npz", **{key: x.astype(x.dtype.newbyteorder(">")) for key, x in arrays.items()})
for version in (2, 3):
    with open(folder / f"version{version}.npy", "wb") as file:
        numpy.lib.format.write_array(file, matrix, version=(version, 0))
numpy.save(folder / "object.npy", numpy.array([{}, None], object), allow_pickle=True)
numpy.save(folder / "fields.npy", numpy.zeros(2, [("a", "f4"), ("b", "i4")]))
numpy.save(folder / "complex.npy", numpy.zeros(2, numpy.complex64))
numpy.save(folder / "uint64.npy", numpy.array([2**63], numpy.uint64))

# PyTorch: every dtype that has a storage of its own.
torch.manual_seed(1)
tensors = {key: torch.from_numpy(arrays[key]) for key in arrays if key not in ("uint16", "uint32", "uint64")}
tensors["bfloat16"] = tensors["float32"].bfloat16()
torch.save(tensors, folder / "tensors.pt")
expect("tensors", tensors)

# The same with the other order of bytes, as a big-endian machine writes it.
with zipfile.ZipFile(folder / "tensors.pt") as source, zipfile.ZipFile(folder / "big.pt", "w") as target:
    keys = iter(tensors.values())
    for name in source.namelist():
        content = source.read(name)
        if name.endswith("/byteorder"):
            content = b"big"
        if "/data/" in name:
            size = next(keys).element_size()
            content = b"".join(content[i : i + size][::-1] for i in range(0, len(content), size))
        target.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)

# Views: of one storage, from the middle, transposed, with a stride of 2, expanded.
base = torch.arange(24, dtype=torch.float64).reshape(4, 6)
views = {"base": base, "again": base, "transposed": base.t(), "row": base[2], "column": base[:, 3], "part": base[1:3, ::2],
         "expanded": base[0, 1].expand(5), "nothing": base[4:]}
torch.save(views, folder / "views.pt")
expect("views", views)

# A checkpoint: a model with buffers, an optimizer with its state, numbers and text.
model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Flatten(), torch.nn.Linear(8, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, betas=(0.9, 0.99))
model(torch.rand(3, 1, 4, 4)).square().sum().backward()
optimizer.step()
checkpoint = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "best": 0.5, "name": "ü",
              "done": False, "nothing": None, "large": 2**40, "negative": -(2**40), "history": [1.0, 1e-30],
              "weight": model[3].weight}
torch.save(checkpoint, folder / "checkpoint.pt")
expect("checkpoint", {f"model.{key}": x for key, x in model.state_dict().items()})
for number, slots in optimizer.state_dict()["state"].items():
    expect("checkpoint", {f"optimizer.state.{number}.{key}": x for key, x in slots.items()})
expect("checkpoint", {"weight": model[3].weight})

torch.save(base, folder / "one.pt")
expect("one", {"": base})
torch.save(model.state_dict(), folder / "legacy.pt", _use_new_zipfile_serialization=False)
torch.save(model, folder / "module.pt")
torch.save({"x": torch.zeros(2, dtype=torch.complex64)}, folder / "complex.pt")
torch.save({"x": torch._neg_view(torch.ones(2))}, folder / "negative.pt")


class Harm:
    def __reduce__(self):
        return os.system, ("touch /tmp/taper-was-here",)


torch.save({"x": Harm()}, folder / "harm.pt")

save_file(expected, folder.parent / "tensor_files.safetensors")
