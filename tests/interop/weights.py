#!/usr/bin/env python3
"""Runs docs/weights.md: its C++ that saves, its Python, and its C++ that loads.

weights.py FOLDER, where ../documents of FOLDER has the program document_weights: see tests/run interop.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

page = pathlib.Path(__file__).parents[2] / "docs" / "weights.md"
program = pathlib.Path(sys.argv[1]).resolve().parent / "documents" / "document_weights"
blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    subprocess.run([program], check=True)
    exec(compile("\n".join(blocks), page, "exec"), {})
    subprocess.run([program, "load"], check=True)
    files = sorted(path.name for path in pathlib.Path(folder).iterdir())
assert len(blocks) == 2
print("docs/weights.md: " + ", ".join(files))
