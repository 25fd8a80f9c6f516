#!/usr/bin/env python3
"""Runs the comparisons with Keras and says how near they came.

    tests/golden/figures.py build           # writes the table of docs/optimizers.md
    tests/golden/figures.py build --flips   # another default for each option in turn: how many comparisons fail then
"""

import collections
import os
import pathlib
import re
import subprocess
import sys

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "optimizers.md"
COLUMNS = [("keras_optimizers", "64"), ("keras_optimizers", "32"), ("tf_keras_optimizers", "64"),
           ("tf_keras_optimizers", "32")]


def lines(build):
    """What the tests print, as lists of words; fails as they do."""
    out = subprocess.run([pathlib.Path(build) / "tests" / "test_optim", "*values in*,another default*"], check=True,
                         env={**os.environ, "TAPER_PRINT_GOLDEN": "1"}, stdout=subprocess.PIPE, text=True).stdout
    return [line.split("\t") for line in out.splitlines() if "\t" in line]


def table(printed):
    worst, count = collections.defaultdict(float), collections.Counter()
    for script, bits, error, name in printed:
        if (script, bits) not in COLUMNS:
            continue
        key = name.split()[0], (script, bits)
        worst[key] = max(worst[key], float(error))
        count[key] += 1
    rows = ["| optimizer | runs | float64 | float32 | tf.keras 2.3.1: runs | float64 | float32 |",
            "|---|---|---|---|---|---|---|"]
    for kind in sorted({kind for kind, _ in worst}):
        cells = [f"{worst[kind, column]:.1e}" if (kind, column) in worst else "" for column in COLUMNS]
        runs = [str(count[kind, column] or "") for column in (COLUMNS[0], COLUMNS[2])]
        rows.append("| " + " | ".join([f"`{kind}`", runs[0], *cells[:2], runs[1], *cells[2:]]) + " |")
    return "\n".join(rows)


def main():
    printed = lines(sys.argv[1])
    flips = [line[1:] for line in printed if line[0] == "flip"]
    if "--flips" in sys.argv:
        for owner, option, default, other, failed, runs in (line for line in flips if len(line) == 6):
            print(f"{owner}.{option} = {other} in place of {default}: {failed} of {runs} runs differ")
        for owner, option, failed in (line for line in flips if len(line) == 3):
            print(f"{owner}.{option}: {failed} schedules differ")
        print(f"{len(flips)} defaults; {sum(int(line[4 if len(line) == 6 else 2]) == 0 for line in flips)} "
              "without a failure")
        return
    text = DOCUMENT.read_text()
    start, end = "<!-- figures -->\n", "\n<!-- end of figures -->"
    new = re.sub(f"(?s){start}.*?{end}",
                 lambda _: start + table(line for line in printed if line[0] != "flip") + end, text)
    assert new.count(start) == 1, "the table has no place"
    DOCUMENT.write_text(new)


if __name__ == "__main__":
    main()
