#!/usr/bin/env python3
"""safetensors, read and written by Taper: the same bits in every dtype, and in larger ones what has no dtype.

hugging_face.py FOLDER, where FOLDER has the program convert: see tests/run interop.
"""

import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

convert = pathlib.Path(sys.argv[1]) / "convert"
wider = {
    torch.int8: torch.int32,
    torch.int16: torch.int32,
    torch.uint16: torch.int32,
    torch.uint32: torch.int64,
    torch.uint64: torch.int64,
    torch.float8_e4m3fn: torch.float16,
    torch.float8_e5m2: torch.float16,
}
dtypes = [torch.bool, torch.uint8, torch.int32, torch.int64, torch.float16, torch.bfloat16, torch.float32, torch.float64, *wider]
torch.manual_seed(1)
tensors = {}
for dtype in dtypes:
    size = torch.empty(0, dtype=dtype).element_size()
    for i in range(10):
        shape = torch.randint(0, 6, (int(torch.randint(1, 7, ())),)).tolist()
        bits = torch.randint(0, 256, (*shape, size), dtype=torch.uint8)
        if dtype == torch.bool:
            bits &= 1
        if dtype == torch.uint64:
            bits[..., -1] &= 0x7F  # larger ones are refused
        tensors[f"{dtype}/{i} ü"] = (bits.view(dtype) if bits.numel() else torch.empty((*shape, 1), dtype=dtype)).squeeze(-1).clone()
tensors["float8_e4m3fn"] = torch.arange(256, dtype=torch.uint8).view(torch.float8_e4m3fn)
tensors["float8_e5m2"] = torch.arange(256, dtype=torch.uint8).view(torch.float8_e5m2)


def same(given, wanted):
    assert given.dtype == wanted.dtype and given.shape == wanted.shape, (given.dtype, given.shape, wanted.dtype, wanted.shape)
    if wanted.dtype == torch.float16:  # of a float8, a NaN is a NaN
        nan = wanted.isnan()
        assert torch.equal(given.isnan(), nan)
        given, wanted = given.masked_fill(nan, 0), wanted.masked_fill(nan, 0)
    if wanted.numel():
        assert torch.equal(given.flatten().view(torch.uint8), wanted.flatten().view(torch.uint8))


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    save_file(tensors, folder / "a.safetensors", metadata={"key": "välue"})
    for trailing in b"", b"anything":
        with open(folder / "a.safetensors", "ab") as file:
            file.write(trailing)
        subprocess.run([convert, folder / "a.safetensors", folder / "b.safetensors"], check=True)
        again = load_file(folder / "b.safetensors")
        assert set(again) == set(tensors)
        for key, x in tensors.items():
            same(again[key], x.to(wider.get(x.dtype, x.dtype)))
        with safe_open(folder / "b.safetensors", "pt") as file:
            assert file.metadata() == {"key": "välue"}
    # Conversion rounds as PyTorch does.
    numbers = {"x": torch.randn(10000) * 10.0 ** torch.randint(-9, 6, (10000,)), "i": torch.arange(5)}
    save_file(numbers, folder / "a.safetensors")
    for dtype in torch.float16, torch.bfloat16, torch.float64:
        name = str(dtype).removeprefix("torch.")
        subprocess.run([convert, folder / "a.safetensors", folder / "b.safetensors", name], check=True)
        again = load_file(folder / "b.safetensors")
        same(again["x"], numbers["x"].to(dtype))
        same(again["i"], numbers["i"])
print(f"{len(tensors)} tensors of {len(dtypes)} dtypes")
