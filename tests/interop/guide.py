#!/usr/bin/env python3
"""Runs the pages of docs/guide that have Python, as they stand: their commands and their Python, in order.

guide.py FOLDER, where ../../examples of FOLDER has the programs: see tests/run interop.
"""

import pathlib
import subprocess
import sys

root = pathlib.Path(__file__).parents[2]
programs = pathlib.Path(sys.argv[1]).resolve().parents[1] / "examples"
pages = [page for page in sorted((root / "docs" / "guide").glob("*.md")) if "\n```python\n" in page.read_text()]
for page in pages:
    subprocess.run(["bash", root / "tests" / "documents" / "commands.sh", page, programs, sys.executable], check=True)
assert len(pages) == 2
print("docs/guide: " + ", ".join(page.name for page in pages))
