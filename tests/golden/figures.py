#!/usr/bin/env python3
"""Runs the comparisons with Keras and PyTorch and says how near they came.

    tests/golden/figures.py build           # writes the tables of docs/optimizers.md
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
TORCH = [("torch_optimizers", "64"), ("torch_optimizers", "32"), ("torch_training", "64")]


def lines(build):
    """What the tests print, as lists of words; fails as they do."""
    out = subprocess.run([pathlib.Path(build) / "tests" / "test_optim", "*values in*,another default*,100 steps*"], check=True,
                         env={**os.environ, "TAPER_PRINT_GOLDEN": "1"}, stdout=subprocess.PIPE, text=True).stdout
    return [line.split("\t") for line in out.splitlines() if "\t" in line]


def collect(printed, columns):
    """The largest error, and the number of runs, by class and column."""
    worst, count = collections.defaultdict(float), collections.Counter()
    for script, bits, error, name in printed:
        script = script.removesuffix("_more")
        if (script, bits) in columns:
            key = name.split()[0], (script, bits)
            worst[key] = max(worst[key], float(error))
            count[key] += 1
    return worst, count


def table(printed):
    worst, count = collect(printed, COLUMNS)
    rows = ["| optimizer | runs | float64 | float32 | tf.keras 2.3.1: runs | float64 | float32 |",
            "|---|---|---|---|---|---|---|"]
    for kind in sorted({kind for kind, _ in worst}):
        cells = [f"{worst[kind, column]:.1e}" if (kind, column) in worst else "" for column in COLUMNS]
        runs = [str(count[kind, column] or "") for column in (COLUMNS[0], COLUMNS[2])]
        rows.append("| " + " | ".join([f"`{kind}`", runs[0], *cells[:2], runs[1], *cells[2:]]) + " |")
    return "\n".join(rows)


def torch_table(printed):
    worst, count = collect(printed, TORCH)
    rows = ["| torch.optim | runs | float64 | float32 | a network after 100 steps |", "|---|---|---|---|---|"]
    for kind in sorted({kind for kind, _ in worst}):
        rows.append("| " + " | ".join([f"`{kind}`", str(count[kind, TORCH[0]]),
                                       *(f"{worst[kind, column]:.1e}" if (kind, column) in worst else ""
                                         for column in TORCH)]) + " |")
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
    for name, write in (("figures", table), ("figures of PyTorch", torch_table)):
        start, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        rows = write([line for line in printed if line[0] != "flip"])
        text, found = re.subn(f"(?s){start}.*?{end}", lambda _: start + rows + end, text)
        assert found == 1, "the table has no place"
    DOCUMENT.write_text(text)


if __name__ == "__main__":
    main()
