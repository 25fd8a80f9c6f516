#!/usr/bin/env python3
"""Writes the pages of this folder from the headers of optim/rules/: formula, options with their defaults, picture; and the
table of ../optimizers.md.

    docs/optimizers/pages.py            # writes them
    docs/optimizers/pages.py --check    # fails where one is not what it would write

The pictures are made by build/examples/optimizers.
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
OPTIM = HERE.parents[1] / "optim" / "rules"

# The classes, in the order of the registry.
CLASSES = re.search(r"Optimizers =\s*TypeList<(.*?)>", (OPTIM.parent / "optim.h").read_text(), re.S)[1].replace(",", " ").split()


def file_of(name):
    return OPTIM / f"{name.lower()}.h"


def prose(lines):
    return " ".join(line.strip().removeprefix("///").strip() for line in lines)


def options(text):
    """(name, default, comment) of each member of the struct; a comment counts for the members that follow it."""
    rows, comment, fresh = [], [], False
    for line in re.search(r"struct \w+Options \{(.*?)\n\};", text, re.S)[1].splitlines():
        if line.strip().startswith("///"):
            comment = comment + [line] if fresh else [line]
            fresh = True
        elif member := re.match(r"  (?!static)[\w:<>]+ (\w+) = (.*);", line):
            rows.append((member[1], member[2], prose(comment)))
            fresh, comment = False, [] if member[1] not in ("beta_1", "muon_a", "muon_b") else comment
        elif decay := re.search(r"WITH_WEIGHT_DECAY\((.*)\)", line):
            rows.append(("weight_decay", decay[1], "As for all optimizers, with another default."))
    return rows


TEXTS = {"learning_rate": "A number, a schedule, or a function of the step.",
         "generation": "With `tf_keras_2_3`, the forms and the rounding of tf.keras 2.3.1; with `pytorch`, PyTorch's conventions.",
         "epsilon": "Keeps the quotient finite where the denominator is 0.", "nesterov": "Use Nesterov momentum.",
         "amsgrad": "Use the largest average of the squared gradient so far.", "adam_beta_1": "beta_1 of Adam, for all other parameters; in [0, 1).",
         "adam_beta_2": "beta_2 of Adam, for all other parameters; in [0, 1).",
         "adam_weight_decay": "The weight decay of all other parameters.",
         "initial_accumulator_value": "The initial value of the sum.",
         "l2_regularization_strength": "An L2 penalty, which draws weights towards 0."}


def title(name):
    return file_of(name).read_text().splitlines()[0].split(": ", 1)[1].removesuffix(".")


def about(name):
    """The class's comment: its rule, when to use it, and its paper."""
    rule, rest = re.search(r"\n\n((?:///.*\n)+)class", file_of(name).read_text())[1].split("///\n/// Use: ")
    return rule, *prose(rest.splitlines()).split(" Paper: ")


def page(name):
    text = file_of(name).read_text()
    rule, use, paper = about(name)
    rows = "\n".join(f"| `{option}` | `{default.replace('Generation::', '')}` | {comment or TEXTS.get(option, '')} |"
                     for option, default, comment in options(text))
    return f"""# {name}

{title(name)[0].upper()}{title(name)[1:]}. {use}

```
{chr(10).join(line.removeprefix("///").strip() for line in rule.splitlines())}
```

| option | default | |
|---|---|---|
{rows}

and [those of all optimizers](../optimizers.md). Paper: <{paper}>. Source: [optim/rules/{file_of(name).name}](../../optim/rules/{file_of(name).name}).

![{name} on a ravine](../images/optimizers/{name}.svg)
"""


def table(text):
    """docs/optimizers.md with its table of the classes."""
    rows = "\n".join(f"| [`{name}`](optimizers/{name}.md) | {title(name)} | {about(name)[1]} |" for name in CLASSES)
    return re.sub(r"(?s)(<!-- classes -->\n).*(\n<!-- end of classes -->)",
                  lambda found: f"{found[1]}| class | what it is | when to use it |\n|---|---|---|\n{rows}{found[2]}", text)


def index():
    return """# The optimizers, one by one

The [table of the classes](../optimizers.md#the-rules) leads to a page for each.

Each picture shows the way down the ravine 0.05 w1^2 + w2^2 from (-5, 2) in 60 steps, and the loss beside that of plain
gradient descent. What all of them share is in [optimizers.md](../optimizers.md); the pages are made of the headers by
`pages.py`, the pictures by `examples/optimizers`.

## Keras's curve

A small network (8-16-4, tanh, softmax) after 300 steps of Adam with a schedule, from Keras's initial weights and on its batches:
the weights are Keras's within 1e-9 (`tests/optim/test_training.cpp`, with `tests/golden/keras_training.py`).

![the losses of Keras and Taper, and their difference](../images/optimizers/training.svg)
"""


def main():
    overview = HERE.parent / "optimizers.md"
    pages = {"../optimizers.md": table(overview.read_text()), "README.md": index(),
             **{f"{name}.md": page(name) for name in CLASSES}}
    old = [name for name, text in pages.items()
           if not (HERE / name).exists() or (HERE / name).read_text() != text]
    if "--check" in sys.argv:
        sys.exit(f"out of date, run docs/optimizers/pages.py: {', '.join(old)}" if old else 0)
    for name in old:
        (HERE / name).write_text(pages[name])


if __name__ == "__main__":
    main()
