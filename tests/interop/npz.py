#!/usr/bin/env python3
"""NumPy's .npy and .npz, read and written by Taper: the same bits in every dtype, shape, order of elements and order of bytes.

npz.py FOLDER, where FOLDER has the program convert: see tests/run interop.
"""

import pathlib
import subprocess
import sys
import tempfile
import zipfile

import numpy

convert = pathlib.Path(sys.argv[1]) / "convert"
wider = {"int8": "int32", "int16": "int32", "uint16": "int32", "uint32": "int64", "uint64": "int64"}
dtypes = ["bool", "uint8", "int32", "int64", "float16", "float32", "float64", *wider]
random = numpy.random.default_rng(1)


def draw(dtype, shape):
    size = numpy.dtype(dtype).itemsize
    bits = random.integers(0, 256, (*shape, size), numpy.uint8)
    if dtype == "bool":
        bits &= 1
    if dtype == "uint64":
        bits[..., -1] &= 0x7F  # larger ones are refused
    return bits.view(dtype).reshape(shape)


def same(given, wanted):
    wanted = wanted.astype(wider.get(wanted.dtype.name, wanted.dtype.name))
    assert given.dtype == wanted.dtype and given.shape == wanted.shape, (given.dtype, given.shape, wanted.dtype, wanted.shape)
    assert given.tobytes() == wanted.tobytes()


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    arrays = {}
    for dtype in dtypes:
        for i in range(20):
            x = draw(dtype, tuple(random.integers(0, 5, random.integers(0, 9))))
            if i % 3 == 1:
                x = numpy.asfortranarray(x)
            if i % 4 == 2:
                x = x.astype(x.dtype.newbyteorder(">"))
            arrays[f"{dtype}/{i} ü"] = x
    for save, name in (numpy.savez, "a.npz"), (numpy.savez_compressed, "b.npz"):
        save(folder / name, **arrays)
        for ending in "npz", "compressed":
            subprocess.run([convert, folder / name, folder / f"c.{ending}"], check=True)
            with numpy.load(folder / f"c.{ending}") as again:
                assert list(again) == list(arrays)
                for key, x in arrays.items():
                    same(again[key], x.astype(x.dtype.newbyteorder("=")))
            assert zipfile.ZipFile(folder / f"c.{ending}").testzip() is None
    for version in (1, 2, 3):
        for dtype in dtypes:
            x = draw(dtype, (3, 4))
            with open(folder / "a.npy", "wb") as file:
                numpy.lib.format.write_array(file, numpy.asfortranarray(x) if version == 2 else x, version=(version, 0))
            subprocess.run([convert, folder / "a.npy", folder / "b.npy"], check=True)
            same(numpy.load(folder / "b.npy"), x)
            if version == 1 and dtype not in wider:
                assert (folder / "a.npy").read_bytes() == (folder / "b.npy").read_bytes()
    # Rounding to float16 is NumPy's.
    x = random.standard_normal(10000) * 10.0 ** random.integers(-9, 6, 10000)
    numpy.savez(folder / "a.npz", x=x.astype(numpy.float32))
    subprocess.run([convert, folder / "a.npz", folder / "b.npz", "float16"], check=True)
    with numpy.errstate(over="ignore"):
        same(numpy.load(folder / "b.npz")["x"], x.astype(numpy.float32).astype(numpy.float16))
    # Arrays of objects are refused.
    numpy.save(folder / "a.npy", numpy.array([{}]), allow_pickle=True)
    refused = subprocess.run([convert, folder / "a.npy", folder / "b.npy"], capture_output=True, text=True)
    assert refused.returncode == 1 and "Python objects" in refused.stderr
print(f"{len(arrays)} arrays in 4 archives, {3 * len(dtypes)} files")
