#!/usr/bin/env python3
"""Writes coverage.md and the table of coming_from_pytorch.md: what the functions, layers and losses in coverage.txt are called here.

    docs/functions.py            # writes them
    docs/functions.py --check    # fails where one is not what it would write, and for a function without a counterpart

Sections of coverage.txt are called "MODULE: TITLE"; without a module they are torch's. The counterpart is the function or class of the same name, or that which "NAME -> OWN" in coverage.txt says, or else the one whose
comment mentions torch.NAME; with "NAME: reason" there is none. What is compared with PyTorch is read
from tests/golden/torch_*.safetensors and layers_*.safetensors.
"""

import json
import pathlib
import re
import struct
import sys

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent
HEADERS = [*sorted(ROOT.glob("autograd/ops/*.h")), *sorted(ROOT.glob("autograd/*.h")), *sorted(ROOT.glob("tensor/*.h")),
           *sorted(ROOT.glob("nn/*.h"))]
INTERNAL = {"tensor/kernels", "tensor/elementwise.h", "tensor/index.h", "tensor/reduce.h", "autograd/anomaly.h", "autograd/graph.h", "autograd/hooks.h",
            "autograd/node.h", "autograd/part.h", "autograd/queue.h", "autograd/selection.h",
            "autograd/windows.h"}


def declarations():
    """(name as written, header, comment) of every function and method that is declared with a comment."""
    for header in HEADERS:
        path = str(header.relative_to(ROOT))
        if path in INTERNAL:
            continue
        comment, fresh = "", False
        for line in header.read_text().splitlines():
            text = line.strip()
            if text.startswith("//"):
                text = text.lstrip("/").strip()
                comment = f"{comment} {text}" if fresh else text
                fresh = True
                continue
            if text == "":
                fresh, comment = False, ""
            elif match := re.match(r"(?:\[\[nodiscard\]\] |static |explicit |extern |inline |constexpr )*"
                                   r"(?:[\w:<>&*]+(?: const)? )+&?(operator\S+?|\w+)\(", text):
                yield match[1], path, comment
            elif path.startswith("nn/") and (match := re.match(r"(?:class|struct|using) (\w+)(?: final)?(?: : | = | \{|$)", text)):
                yield match[1], path, comment
            fresh = False


def golden():
    """For each name the kinds of tensors that PyTorch's results have for it."""
    found = {}
    folder = ROOT / "tests" / "golden"
    for path in [*folder.glob("torch_*.safetensors"), *folder.glob("layers_*.safetensors")]:
        with open(path, "rb") as file:
            keys = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        for key in (key for key in keys if "/" in key):  # the others are runs of optimizers
            name, *_, kind = key.split("/")
            found.setdefault(name, set()).add({"output": "value"}.get(kind.split()[0], kind.split()[0]))
    for path in (folder / "keras_calls.safetensors", folder / "keras_functions.safetensors"):
        with open(path, "rb") as file:
            for key in json.loads(file.read(struct.unpack("<Q", file.read(8))[0])):
                if "/gradient" in key:
                    found[f"keras {key.split('.')[0]}"] = {"keras"}
    return found


def names():
    """(section, torch's name, Taper's name if it is said, the reason why there is none) of each function in coverage.txt."""
    section = ""
    for line in (HERE / "coverage.txt").read_text().splitlines():
        if line.startswith("#"):
            section = line.lstrip("# ")
        elif ": " in line:
            name, reason = line.split(": ", 1)
            yield section, name, "", reason
        elif " -> " in line:
            name, own = line.split(" -> ")
            yield section, name, own, ""
        else:
            yield from ((section, name, "", "") for name in line.split())


def counterparts():
    """(section, torch's name, Taper's name or "", header, the first sentence of its comment or the reason)."""
    known = {}
    for own, header, comment in declarations():
        known.setdefault(own, (own, header, comment))
    for section, name, own, reason in names():
        mentions = re.compile(rf"torch\.(Tensor\.|nn\.functional\.)?{re.escape(name)}(?![\w.]*\w)")
        found = known.get(own or name.split(".")[-1]) or \
            next((each for each in known.values() if mentions.search(each[2])), None)
        if found and not reason:
            yield section, name, found[0], found[1], re.split(r"(?<=[^.][^.])[.:;](?: |$)", found[2])[0]
        else:
            yield section, name, "", "", reason


TITLES = {"torch": "Functions of PyTorch", "torch.nn": "Layers of PyTorch", "torch.nn losses": "Losses of PyTorch",
          "keras.layers": "Layers of Keras", "keras.losses": "Losses of Keras"}


def module_and_title(section):
    module, title = section.split(": ") if ": " in section else ("torch", section)
    return module, title


def coverage():
    results = golden()
    rows, counts = {}, {}
    for section, name, own, _, text in counterparts():
        module, title = module_and_title(section)
        kind = "torch.nn losses" if module == "torch.nn" and title == "Losses" else module
        kinds = results.get(own, set()) | (results.get(f"keras {name}", set()) if own and "keras" in module else set())
        labels = {"keras": "Keras", "value": "golden", "gradient": "gradient", "second": "second"}
        shown = ", ".join(label for key, label in labels.items() if key in kinds)
        rows.setdefault(kind, []).append(f"| `{module}.{name}` | {f'`{own}`' if own else text} | {shown} |")
        counts[kind] = counts.get(kind, 0) + (own != "")
    text = """# What of PyTorch and Keras there is

The names of [coverage.txt](coverage.txt) with their counterparts, or the reason why there is none. "golden": values are
compared with PyTorch's; "gradient" and "second": so are first and second derivatives; "Keras": values and gradients are compared
with those of Keras's layer or loss. (The others have tests of their own.)
Written by `docs/functions.py`.
"""
    for kind, title in TITLES.items():
        text += f"\n## {title}\n\n{counts[kind]} of {len(rows[kind])}.\n\n| | Taper's | compared |\n|---|---|---|\n" + "\n".join(rows[kind]) + "\n"
    return text


def table():
    text, before = "", ""
    for section, name, own, header, comment in counterparts():
        module, title = module_and_title(section)
        if module.startswith("keras"):
            continue
        if section != before:
            text += f"\n### {title}\n\n| PyTorch | Taper | |\n|---|---|---|\n"
            before = section
        where = f"[`{own}`](../{header})" if own else "none"
        text += f"| `{name}` | {where} | {comment.replace('|', chr(92) + '|')} |\n"
    return text


MARK = "<!-- written by docs/functions.py -->\n"


def main():
    guide = HERE / "coming_from_pytorch.md"
    wanted = {HERE / "coverage.md": coverage(), guide: guide.read_text().split(MARK)[0] + MARK + table()}
    wrong = [path.name for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    if sys.argv[1:] != ["--check"]:
        for path, text in wanted.items():
            path.write_text(text)
        return
    missing = [name for _, name, own, _, reason in counterparts() if not own and not reason]
    if wrong:
        print("not what docs/functions.py writes:", *wrong)
    if missing:
        print("neither a counterpart nor a reason:", *missing)
    sys.exit(bool(wrong or missing))


main()
