#!/usr/bin/env python3
"""PyTorch's state dicts and checkpoints, read and written by Taper: the same bits in every dtype, of views and shared storages too.

pytorch.py FOLDER, where FOLDER has the program convert: see tests/run interop.
"""

import pathlib
import subprocess
import sys
import tempfile
import zipfile

import torch
from safetensors.torch import load_file

convert = pathlib.Path(sys.argv[1]) / "convert"
wider = {torch.int8: torch.int32, torch.int16: torch.int32}
dtypes = [torch.bool, torch.uint8, torch.int32, torch.int64, torch.float16, torch.bfloat16, torch.float32, torch.float64, *wider]
torch.manual_seed(1)


def draw(dtype, shape):
    if dtype == torch.bool:
        return torch.randint(0, 2, shape).bool()
    bits = torch.randint(0, 256, (*shape, torch.empty(0, dtype=dtype).element_size()), dtype=torch.uint8)
    return bits.view(dtype).reshape(shape) if bits.numel() else torch.empty(shape, dtype=dtype)


def same(given, wanted):
    wanted = wanted.detach().to(wider.get(wanted.dtype, wanted.dtype))
    assert given.dtype == wanted.dtype and given.shape == wanted.shape, (given.dtype, given.shape, wanted.dtype, wanted.shape)
    bits = lambda x: x.clone(memory_format=torch.contiguous_format).flatten().view(torch.uint8)
    assert not wanted.numel() or torch.equal(bits(given), bits(wanted))


def converted(value, folder, ending="pt"):
    torch.save(value, folder / "a.pt")
    subprocess.run([convert, folder / "a.pt", folder / f"b.{ending}"], check=True)
    if ending == "pt":
        return torch.load(folder / "b.pt", weights_only=True)
    return load_file(folder / f"b.{ending}")


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    # Dense tensors and views of them, which share their storages.
    tensors = {}
    for dtype in dtypes:
        for i in range(20):
            shape = torch.randint(0, 5, (int(torch.randint(0, 7, ())),)).tolist()
            x = tensors[f"{dtype}.{i}"] = draw(dtype, shape)
            tensors[f"{dtype}.{i}.turned"] = x.permute(*torch.randperm(x.dim()).tolist()) if x.dim() else x
            if x.dim() and x.numel():
                tensors[f"{dtype}.{i}.part"] = x[x.shape[0] // 2 :, ..., :: 2] if x.dim() > 1 else x[:: 2]
                tensors[f"{dtype}.{i}.expanded"] = x.unsqueeze(0).expand(3, *x.shape)
    for ending in "pt", "safetensors":
        again = converted(tensors, folder, ending)
        assert set(again) == set(tensors)
        for key, x in tensors.items():
            same(again[key], x)
    archive = zipfile.ZipFile(folder / "b.pt")
    assert archive.testzip() is None
    content = (folder / "b.pt").read_bytes()
    for entry in archive.infolist():
        at = entry.header_offset
        lengths = [int.from_bytes(content[at + i : at + i + 2], "little") for i in (26, 28)]
        assert (at + 30 + sum(lengths)) % 64 == 0, entry.filename

    # Tied weights stay tied, through both.
    layer = torch.nn.Linear(3, 3)
    again = converted({"a": layer.weight, "b": layer.weight.detach(), "c": layer.weight.detach().t()}, folder)
    assert again["a"].data_ptr() == again["b"].data_ptr() != again["c"].data_ptr()
    same(again["c"], layer.weight.t())

    # A checkpoint: its tensors, by their paths.
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2))
    for make in (torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop, torch.optim.Adagrad):
        optimizer = make(model.parameters())
        model(torch.rand(5, 3)).sum().backward()
        optimizer.step()
        checkpoint = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "text": "ü" * 300}
        again = converted(checkpoint, folder)
        for key, x in model.state_dict().items():
            same(again[f"model.{key}"], x)
        for number, slots in optimizer.state_dict()["state"].items():
            for key, x in slots.items():
                same(again[f"optimizer.state.{number}.{key}"], x)
    for whole in (model, optimizer):  # not a state
        torch.save(whole, folder / "a.pt")
        refused = subprocess.run([convert, folder / "a.pt", folder / "b.pt"], capture_output=True, text=True)
        assert refused.returncode == 1 and "neither read nor executed" in refused.stderr, refused.stderr
    model.load_state_dict({key.removeprefix("model."): x for key, x in again.items() if key.startswith("model.")}, strict=True)
print(f"{len(tensors)} tensors of {len(dtypes)} dtypes, and 4 checkpoints")
