#!/usr/bin/env python3
"""Writes keras_metrics.json: what Keras 3.15.1's metrics are after each of three batches, of unequal size.

    pip install -r requirements.txt && python keras_metrics.py

"data" has batches by name: predictions, targets, weights. Each case has a class, its options, the name of its data,
whether the weights were given, and the value after each batch. Perplexity is KerasHub's formula on Keras's crossentropy.
"""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras  # noqa: E402
import numpy as np  # noqa: E402

import golden  # noqa: E402

SIZES = [7, 4, 5]
numbers = golden.Numbers()


def values(*shape):
    return np.array([numbers() for _ in range(int(np.prod(shape)))], "float32").reshape(shape)


def probabilities(*shape):
    """Multiples of 1/16 from 0 to 1, so that thresholds and ties are met."""
    return (np.round((values(*shape) + 1) * 8) / 16).astype("float32")


def softmax(*shape):
    e = np.exp(2 * values(*shape))
    return (e / e.sum(-1, keepdims=True)).astype("float32")


def classes(count, *shape):
    return np.floor((values(*shape) + 1) / 2 * count).astype("int64")


def one_hot(count, *shape):
    return np.eye(count, dtype="float32")[classes(count, *shape)]


def weights(*shape):
    return np.round((values(*shape) + 1) * 8) / 8


DATA = {
    "binary": [(probabilities(n, 1), classes(2, n, 1), weights(n)) for n in SIZES],
    "flat": [(probabilities(n), classes(2, n), weights(n)) for n in SIZES],
    "logits": [(4 * values(n, 1), classes(2, n, 1), weights(n)) for n in SIZES],
    "labels": [(probabilities(n, 3), classes(2, n, 3), weights(n)) for n in SIZES],
    "one_hot": [(probabilities(n, 4), one_hot(4, n), weights(n)) for n in SIZES],
    "softmax": [(softmax(n, 4), one_hot(4, n), weights(n)) for n in SIZES],
    "soft": [(softmax(n, 4), softmax(n, 4), weights(n)) for n in SIZES],
    "class_logits": [(4 * values(n, 4), one_hot(4, n), weights(n)) for n in SIZES],
    "sparse": [(softmax(n, 4), classes(4, n), weights(n)) for n in SIZES],
    "ties": [(probabilities(n, 6), classes(6, n, 1), weights(n)) for n in SIZES],
    "sparse_logits": [(4 * values(n, 4), classes(4, n), weights(n)) for n in SIZES],
    "steps": [(softmax(n, 3, 4), classes(4, n, 3), weights(n)) for n in SIZES],
    "step_weights": [(softmax(n, 3, 4), classes(4, n, 3), weights(n, 3)) for n in SIZES],
    "one_hot_steps": [(softmax(n, 3, 4), one_hot(4, n, 3), weights(n)) for n in SIZES],
    "outputs": [(3 * values(n, 2), 3 * values(n, 2), weights(n)) for n in SIZES],
    "output": [(3 * values(n, 1), 3 * values(n, 1), weights(n)) for n in SIZES],
    "positive": [(3 * values(n, 2) + 3, np.maximum(3 * values(n, 2), 0), weights(n)) for n in SIZES],
    "images": [(classes(4, n, 2, 3) - 1, classes(4, n, 2, 3), weights(n, 2, 3)) for n in SIZES],
    "masks": [(probabilities(n, 2, 3), classes(2, n, 2, 3), weights(n, 2, 3)) for n in SIZES],
    "first_axis": [(values(n, 4, 2), np.moveaxis(one_hot(4, n, 2), -1, 1), weights(n, 2)) for n in SIZES],
    "values": [(3 * values(n, 2), None, weights(n)) for n in SIZES],
}

EVEN = [0.0, 0.25, 0.5, 0.75, 1.0]
CASES = [
    ("BinaryAccuracy", {}, ["binary", "flat", "labels"]),
    ("BinaryAccuracy", {"threshold": 0.25}, ["binary"]),
    ("BinaryAccuracy", {"threshold": 0.0}, ["logits"]),
    ("CategoricalAccuracy", {}, ["one_hot", "softmax", "one_hot_steps"]),
    ("SparseCategoricalAccuracy", {}, ["sparse", "ties", "steps", "step_weights"]),
    ("accuracy", {}, ["binary", "one_hot", "sparse", "ties", "steps"]),
    ("TopKCategoricalAccuracy", {"k": 2}, ["one_hot", "one_hot_steps"]),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, ["sparse", "ties", "steps"]),
    ("SparseTopKCategoricalAccuracy", {}, ["ties"]),
    ("Mean", {}, ["values"]),
    ("Sum", {}, ["values"]),
    ("MeanSquaredError", {}, ["outputs", "output"]),
    ("RootMeanSquaredError", {}, ["outputs", "output"]),
    ("MeanAbsoluteError", {}, ["outputs"]),
    ("MeanAbsolutePercentageError", {}, ["outputs"]),
    ("MeanSquaredLogarithmicError", {}, ["positive"]),
    ("LogCoshError", {}, ["outputs"]),
    ("CosineSimilarity", {}, ["outputs", "positive"]),
    ("CosineSimilarity", {"axis": 1}, ["first_axis"]),
    ("R2Score", {}, ["outputs", "output"]),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, ["outputs"]),
    ("R2Score", {"class_aggregation": None}, ["outputs"]),
    ("R2Score", {"num_regressors": 2}, ["output", "outputs"]),
    ("R2Score", {"num_regressors": 9}, ["output"]),
    ("BinaryCrossentropy", {}, ["binary", "labels"]),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}, ["labels"]),
    ("BinaryCrossentropy", {"from_logits": True}, ["logits"]),
    ("CategoricalCrossentropy", {}, ["softmax", "soft", "one_hot_steps"]),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, ["class_logits"]),
    ("CategoricalCrossentropy", {"from_logits": True, "axis": 1}, ["first_axis"]),
    ("SparseCategoricalCrossentropy", {}, ["sparse", "steps", "step_weights", "ties"]),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, ["sparse_logits"]),
    ("Perplexity", {"from_logits": True}, ["sparse_logits"]),
    ("Perplexity", {"ignore_class": 0}, ["steps", "step_weights"]),
    ("KLDivergence", {}, ["soft", "softmax"]),
    ("Poisson", {}, ["positive"]),
    ("TruePositives", {}, ["binary"]),
    ("FalsePositives", {"thresholds": [0.75, 0.25]}, ["binary"]),
    ("TrueNegatives", {"thresholds": EVEN}, ["labels"]),
    ("FalseNegatives", {}, ["labels"]),
    ("Precision", {}, ["binary", "flat", "labels", "one_hot"]),
    ("Precision", {"thresholds": [0.5, 0.125, 0.8]}, ["labels"]),
    ("Precision", {"thresholds": EVEN}, ["binary"]),
    ("Precision", {"top_k": 2}, ["one_hot", "softmax"]),
    ("Precision", {"top_k": 2, "thresholds": 0.5}, ["one_hot"]),
    ("Precision", {"class_id": 1}, ["one_hot"]),
    ("Precision", {"class_id": 2, "top_k": 3}, ["one_hot"]),
    ("Recall", {}, ["binary", "labels"]),
    ("Recall", {"thresholds": [0.0, 0.9]}, ["labels"]),
    ("Recall", {"top_k": 1}, ["one_hot"]),
    ("Recall", {"class_id": 3, "top_k": 2}, ["softmax"]),
    ("SensitivityAtSpecificity", {"at": 0.5}, ["binary", "labels"]),
    ("SpecificityAtSensitivity", {"at": 0.75, "num_thresholds": 20}, ["labels"]),
    ("PrecisionAtRecall", {"at": 0.5, "class_id": 1}, ["labels"]),
    ("RecallAtPrecision", {"at": 0.5, "num_thresholds": 1}, ["labels"]),
    ("AUC", {}, ["binary", "flat", "labels"]),
    ("AUC", {"from_logits": True}, ["logits"]),
    ("AUC", {"num_thresholds": 9, "summation_method": "minoring"}, ["labels"]),
    ("AUC", {"num_thresholds": 9, "summation_method": "majoring"}, ["labels"]),
    ("AUC", {"curve": "PR"}, ["binary", "labels"]),
    ("AUC", {"curve": "PR", "num_thresholds": 9, "summation_method": "minoring"}, ["labels"]),
    ("AUC", {"curve": "PR", "num_thresholds": 9, "summation_method": "majoring"}, ["labels"]),
    ("AUC", {"thresholds": [0.3, 0.1, 0.625]}, ["labels"]),
    ("AUC", {"thresholds": [0.25, 0.5, 0.75]}, ["labels"]),
    ("AUC", {"multi_label": True}, ["labels"]),
    ("AUC", {"multi_label": True, "label_weights": [0.5, 2.0, 1.0], "curve": "PR"}, ["labels"]),
    ("AUC", {"label_weights": [0.5, 2.0, 1.0]}, ["labels"]),
    ("F1Score", {}, ["one_hot", "softmax"]),
    ("F1Score", {"threshold": 0.5}, ["labels"]),
    ("F1Score", {"average": "micro", "threshold": 0.25}, ["labels"]),
    ("F1Score", {"average": "macro"}, ["one_hot"]),
    ("F1Score", {"average": "weighted"}, ["softmax", "soft"]),
    ("FBetaScore", {"beta": 0.5, "average": "weighted", "threshold": 0.5}, ["labels"]),
    ("FBetaScore", {"beta": 2.0}, ["softmax"]),
    ("IoU", {"num_classes": 4, "target_class_ids": [1, 3]}, ["images"]),
    ("IoU", {"num_classes": 4, "target_class_ids": [0], "ignore_class": 2}, ["images"]),
    ("MeanIoU", {"num_classes": 4}, ["images"]),
    ("MeanIoU", {"num_classes": 5}, ["images"]),
    ("MeanIoU", {"num_classes": 4, "sparse_y_pred": False}, ["sparse", "step_weights"]),
    ("BinaryIoU", {}, ["masks"]),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.25}, ["masks"]),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [0, 2]}, ["softmax"]),
    ("OneHotMeanIoU", {"num_classes": 4}, ["softmax"]),
]


class Perplexity(keras.metrics.Metric):
    """KerasHub's, whose package is not needed for these lines."""

    def __init__(self, from_logits=False, ignore_class=None):
        super().__init__(name="perplexity")
        self.options = (from_logits, ignore_class)
        self.total = self.count = 0.0

    def update_state(self, y_true, y_pred, sample_weight=None):
        each = keras.ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits=self.options[0]).numpy()
        weight = np.ones(each.shape, "float32")
        if sample_weight is not None:
            weight *= np.reshape(sample_weight, sample_weight.shape + (1,) * (each.ndim - sample_weight.ndim))
        weight *= self.options[1] is None or y_true != self.options[1]
        self.total, self.count = self.total + np.sum(each * weight), self.count + np.sum(weight)

    def result(self):
        return np.exp(self.total / self.count)


def make(kind, options, batch):
    options = dict(options)
    if kind == "accuracy":
        from keras.src.trainers.compile_utils import get_metric
        return get_metric("accuracy", batch[1], batch[0])
    if kind == "Perplexity":
        return Perplexity(**options)
    if "at" in options:
        return getattr(keras.metrics, kind)(options.pop("at"), **options)
    if "IoU" in kind:
        options["dtype"] = "float32"  # or it would count in integers
    return getattr(keras.metrics, kind)(**options)


def main():
    cases = []
    for kind, options, data in CASES:
        for name in data:
            for weighted in (False, True):
                metric = make(kind, options, DATA[name][0])
                rows = []
                for predictions, targets, weight in DATA[name]:
                    weight = {"sample_weight": weight} if weighted else {}
                    if targets is None:
                        metric.update_state(predictions, **weight)
                    else:
                        metric.update_state(targets, predictions, **weight)
                    rows.append(np.asarray(metric.result(), "float64").reshape(-1).tolist())
                cases.append({"class": kind, "options": options, "data": name, "weighted": weighted, "values": rows})
    data = {name: [[None if part is None else {"shape": part.shape, "integers": part.dtype.kind == "i",
                                                "values": part.reshape(-1).tolist()} for part in batch]
                   for batch in batches] for name, batches in DATA.items()}
    lines = [f' "data": {{\n' + ",\n".join(f'  "{name}": {json.dumps(each)}' for name, each in data.items()) + "\n }",
             ' "cases": [\n' + ",\n".join("  " + json.dumps(each) for each in cases) + "\n ]"]
    path = pathlib.Path(__file__).with_name("keras_metrics.json")
    path.write_text("{\n" + ",\n".join([f' "made_by": "keras_metrics.py with Keras {keras.__version__}"'] + lines) + "\n}\n")
    print(len(cases), "cases")


if __name__ == "__main__":
    main()
