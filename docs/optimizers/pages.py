#!/usr/bin/env python3
"""Writes the pages of this folder from the headers of optim/rules/: formula, options with their defaults, picture.

    docs/optimizers/pages.py            # writes them
    docs/optimizers/pages.py --check    # fails where one is not what it would write

The pictures are made by build/examples/optimizers.
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
OPTIM = HERE.parents[1] / "optim" / "rules"

# Each class, its paper, and when to take it.
CLASSES = {
    "SGD": ("https://proceedings.mlr.press/v28/sutskever13.html",
            "The yardstick; with momentum and a schedule, a usual choice for convolutional networks."),
    "Momentum": ("https://doi.org/10.1016/0041-5553(64)90137-5",
                 "Momentum as in PyTorch and in textbooks: choose it over `SGD` to compare with those."),
    "RMSprop": ("https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf",
                "One rate for each weight, without Adam's momentum: recurrent networks, changing goals."),
    "Adam": ("https://arxiv.org/abs/1412.6980", "The first to try: little tuning, few surprises."),
    "AdamW": ("https://arxiv.org/abs/1711.05101", "Adam for models that need weight decay, such as transformers."),
    "Adagrad": ("https://jmlr.org/papers/v12/duchi11a.html",
                "Rare features keep large steps. The steps only ever shrink."),
    "Adadelta": ("https://arxiv.org/abs/1212.5701",
                 "Steps have the weights' units. With Keras's default of 0.001 it hardly moves; the paper has 1."),
    "Adamax": ("https://arxiv.org/abs/1412.6980", "Adam whose steps are set by the largest gradients of late, not by their mean."),
    "Nadam": ("https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ", "Adam that looks ahead: often a little faster."),
    "Ftrl": ("https://doi.org/10.1145/2487575.2488200", "Linear models of many features, most of which end at 0."),
    "Lion": ("https://arxiv.org/abs/2302.06675",
             "One slot rather than two. Take a third to a tenth of Adam's learning rate, and larger decay."),
    "Lamb": ("https://arxiv.org/abs/1904.00962", "Large batches: no parameter moves faster than its size allows."),
    "Adafactor": ("https://arxiv.org/abs/1804.04235", "Adam's second moment as rows and columns."),
    "Muon": ("https://kellerjordan.github.io/posts/muon/", "Hidden matrices of large networks; the rest goes to Adam."),
}


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
         "generation": "With `tf_keras_2_3`, the forms and the rounding of tf.keras 2.3.1.",
         "epsilon": "Keeps the quotient finite where the denominator is 0.", "nesterov": "Use Nesterov momentum.",
         "amsgrad": "Use the largest average of the squared gradient so far.", "adam_beta_1": "beta_1 of Adam, for all other parameters; in [0, 1).",
         "adam_beta_2": "beta_2 of Adam, for all other parameters; in [0, 1).",
         "adam_weight_decay": "The weight decay of all other parameters.",
         "initial_accumulator_value": "The initial value of the sum.",
         "l2_regularization_strength": "An L2 penalty, which draws weights towards 0."}


def page(name):
    text = file_of(name).read_text()
    title = text.splitlines()[0].removeprefix("// ").split(": ", 1)[1]
    rule = re.search(r"\n\n((?:///.*\n)+)class", text)[1].splitlines()
    rows = "\n".join(f"| `{option}` | `{default.replace('Generation::', '')}` | {comment or TEXTS.get(option, '')} |"
                     for option, default, comment in options(text))
    paper, use = CLASSES[name]
    return f"""# {name}

{title[0].upper()}{title[1:]} {use}

```
{chr(10).join(line.removeprefix("///").strip() for line in rule)}
```

| option | default | |
|---|---|---|
{rows}

and [those of all optimizers](../optimizers.md). Paper: <{paper}>. Source: [optim/rules/{file_of(name).name}](../../optim/rules/{file_of(name).name}).

![{name} on a ravine](../images/optimizers/{name}.svg)
"""


def index():
    rows = "\n".join(f"- [{name}]({name}.md): "
                     f"{file_of(name).read_text().splitlines()[0].split(': ', 1)[1]}" for name in CLASSES)
    return f"""# The optimizers, one by one

{rows}

Each picture shows the way down the ravine 0.05 w1^2 + w2^2 from (-5, 2) in 60 steps, and the loss beside that of plain
gradient descent. What all of them share is in [optimizers.md](../optimizers.md); the pages are made of the headers by
`pages.py`, the pictures by `examples/optimizers`.

## Keras's curve

A small network (8-16-4, tanh, softmax) after 300 steps of Adam with a schedule, from Keras's initial weights and on its batches:
the weights are Keras's within 1e-9 (`tests/optim/test_training.cpp`, with `tests/golden/keras_training.py`).

![the losses of Keras and Taper, and their difference](../images/optimizers/training.svg)
"""


def main():
    pages = {"README.md": index(), **{f"{name}.md": page(name) for name in CLASSES}}
    old = [name for name, text in pages.items()
           if not (HERE / name).exists() or (HERE / name).read_text() != text]
    if "--check" in sys.argv:
        sys.exit(f"out of date, run docs/optimizers/pages.py: {', '.join(old)}" if old else 0)
    for name in old:
        (HERE / name).write_text(pages[name])


if __name__ == "__main__":
    main()
