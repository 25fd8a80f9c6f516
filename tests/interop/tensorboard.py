"""What training::TensorBoard writes, TensorBoard reads: every value exactly.

    python -P tensorboard.py FOLDER_OF_PROGRAMS     (-P: else this file hides the package)
"""

import io
import os
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image
from safetensors.numpy import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def read(directory):
    accumulator = EventAccumulator(directory, size_guidance={"scalars": 0, "histograms": 0, "images": 0, "tensors": 0})
    accumulator.Reload()
    return accumulator


def equal(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: expected {wanted}, got {got}")
    equal.checks += 1


equal.checks = 0
with tempfile.TemporaryDirectory() as directory:
    subprocess.run([os.path.join(sys.argv[1], "tensorboard"), directory], check=True)

    own = read(os.path.join(directory, "own"))
    curve = own.Scalars("curve")
    equal("steps", [event.step for event in curve], [10 * i for i in range(101)])
    equal("values", [np.float32(event.value) for event in curve],
          [np.float32(1 / (i + 1)) for i in range(100)] + [np.float32(-1e30)])

    values = load_file(os.path.join(directory, "values.safetensors"))["values"]
    [event] = own.Histograms("values")
    histogram = event.histogram_value
    counts, edges = np.histogram(values, bins=30)
    equal("step", event.step, 3)
    equal("counts", list(histogram.bucket), [0.0] + [float(count) for count in counts])
    if not np.allclose(histogram.bucket_limit, edges, rtol=1e-14, atol=1e-14):
        sys.exit("the limits of the histogram differ from NumPy's")
    equal("min, max, num", (histogram.min, histogram.max, histogram.num), (values.min(), values.max(), 1000.0))
    if not np.allclose([histogram.sum, histogram.sum_squares], [values.sum(), (values * values).sum()], rtol=1e-12):
        sys.exit("the sums of the histogram differ from NumPy's")

    pixels = (np.arange(72) * 3 % 256).astype(np.uint8).reshape(3, 4, 6)
    [event] = own.Images("rgb")
    equal("size", (event.step, event.width, event.height), (1, 6, 4))
    equal("pixels", np.asarray(Image.open(io.BytesIO(event.encoded_image_string))).tolist(), pixels.transpose(1, 2, 0).tolist())
    [event] = own.Images("gray")
    equal("gray pixels", np.asarray(Image.open(io.BytesIO(event.encoded_image_string))).tolist(), pixels[0].tolist())

    [event] = own.Tensors("note")
    equal("text", (event.step, list(event.tensor_proto.string_val)), (5, [b"a **text**"]))
    equal("plugin", own.SummaryMetadata("note").plugin_data.plugin_name, "text")

    graph = own.Graph()
    equal("graph", [(node.name, node.op, list(node.input)) for node in graph.node],
          [("input", "Input", []), ("0", "Linear", ["input"]), ("1", "Tanh", ["0"]), ("2", "Linear", ["1"])])
    equal("shapes", [[dim.size for dim in node.attr["_output_shapes"].list.shape[0].dim] for node in graph.node],
          [[2, 3], [2, 4], [2, 4], [2, 2]])

    history = load_file(os.path.join(directory, "history.safetensors"))
    for folder, key in [("train", "loss"), ("validation", "val_loss")]:
        losses = read(os.path.join(directory, "training", folder)).Scalars("epoch_loss")
        equal(key, [(event.step, np.float32(event.value)) for event in losses],
              [(i, np.float32(value)) for i, value in enumerate(history[key])])
    training = read(os.path.join(directory, "training", "train"))
    batches = read(os.path.join(directory, "training", "batches"))
    equal("steps of batches", [event.step for event in batches.Scalars("batch_loss")], list(range(1, 10)))
    equal("rates", [event.value for event in training.Scalars("epoch_learning_rate")], [0.25] * 3)
    equal("histograms", sorted(training.Tags()["histograms"]),
          ["0/bias", "0/bias/gradient", "0/weight", "0/weight/gradient", "2/bias", "2/bias/gradient", "2/weight", "2/weight/gradient"])
    equal("graph of the training", [node.name for node in training.Graph().node], ["input", "0", "1", "2"])

    # Three times interrupted: TensorBoard shows each step once, and of those that were repeated the last.
    for folder, tag, steps in [("batches", "batch_loss", range(1, 13)), ("train", "epoch_loss", range(4)),
                               ("train", "epoch_learning_rate", range(4)), ("validation", "epoch_loss", range(4))]:
        resumed = read(os.path.join(directory, "resumed", folder))
        equal(f"steps of {tag}", [event.step for event in resumed.Scalars(tag)], list(steps))
    resumed = read(os.path.join(directory, "resumed", "train"))
    equal("steps of histograms", [event.step for event in resumed.Histograms("0/weight")], [0, 1, 2, 3])
    curve = read(os.path.join(directory, "purged")).Scalars("curve")
    equal("purge_step", [(event.step, event.value) for event in curve],
          [(step, step + (step >= 5)) for step in range(9)])

print(f"tensorboard: {equal.checks} values equal")
