#!/usr/bin/env python3
"""Writes layers_loss.safetensors: see layer_rows.py. Losses of torchvision and Keras are their definitions in PyTorch."""

import torch
import torch.nn.functional as F
from torch import nn

from layer_rows import layer, write
from torch_rows import Input

X, IMAGES, P, POSITIVE = (2, 3), (2, 3, 2), Input((2, 3), 0.05, 0.95), Input((2, 3), 0.2, 3)
LABELS, PIXELS = torch.tensor([2, 0]), torch.tensor([[2, 1], [0, 1]])
SIGNS, HOT, LISTS = torch.tensor([[1, -1, 1], [-1, -1, 1]]), torch.tensor([[0, 1, 0], [1, 0, 0]]), torch.tensor([[2, 0, -1], [1, -1, 0]])
CLASSES, ELEMENTS = torch.tensor([0.5, 1, 2]), torch.tensor([[0.5, 1, 2], [1, 3, 0]])


def own(name, function, *inputs):
    """A loss that PyTorch has no layer for."""
    return layer(name, nn.Identity, *inputs, call=lambda m, *given: function(*given))


def converted(m, *given):
    """With the last one, a target of integers, as floating numbers."""
    return m(*given[:-1], given[-1].double())


def focal(x, t):
    p = torch.sigmoid(x)
    losses = F.binary_cross_entropy_with_logits(x, t, reduction="none") * (1 - (p * t + (1 - p) * (1 - t))) ** 2
    return (losses * (0.4 * t + 0.6 * (1 - t))).mean()


def tversky(p, t):
    hits = (p * t).sum() + 1e-7
    return 1 - hits / (hits + 0.2 * (p * (1 - t)).sum() + 0.8 * ((1 - p) * t).sum())


def ctc(module, seed):
    lengths = torch.tensor([5, 2, 4]), torch.tensor([2, 2, 1])
    targets = torch.tensor([[1, 3], [1, 1], [3, 3]])
    call = lambda m, x, *given: m(x.log_softmax(2), *given)
    return layer("CTCLoss", module, (5, 3, 4), targets, *lengths, call=call, second=False, seed=seed)


def adaptive(*arguments, labels, features, **how):
    call = lambda m, x, t: (*m(x, t), m.log_prob(x), m.predict(x))
    make = lambda: nn.AdaptiveLogSoftmaxWithLoss(*arguments, **how)
    return layer("AdaptiveLogSoftmaxWithLoss", make, (5, features), torch.tensor(labels), call=call)


def short_ctc():
    return nn.CTCLoss(blank=2, reduction="sum", zero_infinity=True)


ROWS = [
    layer("CrossEntropyLoss", nn.CrossEntropyLoss, X, LABELS),
    layer("CrossEntropyLoss", lambda: nn.CrossEntropyLoss(CLASSES, ignore_index=1, label_smoothing=0.1), IMAGES, PIXELS),
    layer("CrossEntropyLoss", lambda: nn.CrossEntropyLoss(CLASSES, reduction="sum"), X, P),
    layer("NLLLoss", nn.NLLLoss, X, LABELS),
    layer("NLLLoss", lambda: nn.NLLLoss(CLASSES, reduction="none"), IMAGES, PIXELS),
    layer("BCELoss", nn.BCELoss, P, P),
    layer("BCELoss", lambda: nn.BCELoss(CLASSES), P, P),
    layer("BCEWithLogitsLoss", nn.BCEWithLogitsLoss, X, P),
    layer("BCEWithLogitsLoss", lambda: nn.BCEWithLogitsLoss(ELEMENTS, pos_weight=CLASSES), X, P),
    layer("KLDivLoss", lambda: nn.KLDivLoss(reduction="batchmean"), X, P),
    layer("KLDivLoss", lambda: nn.KLDivLoss(reduction="sum", log_target=True), X, X),
    own("SigmoidFocalLoss", focal, X, P),
    own("DiceLoss", lambda p, t: 1 - (2 * (p * t).sum() + 1e-7) / (p.sum() + t.sum() + 1e-7), P, P),
    own("TverskyLoss", tversky, P, P),
    layer("MSELoss", nn.MSELoss, X, X),
    layer("MSELoss", lambda: nn.MSELoss(reduction="sum"), X, X),
    layer("L1Loss", nn.L1Loss, X, X),
    layer("HuberLoss", lambda: nn.HuberLoss(delta=0.5), X, X),
    layer("SmoothL1Loss", lambda: nn.SmoothL1Loss(reduction="none", beta=0.7), X, X),
    own("LogCoshLoss", lambda x, t: (x - t).cosh().log().mean(), X, X),
    own("MeanAbsolutePercentageError", lambda x, t: 100 * ((x - t) / t).abs().mean(), X, POSITIVE),
    own("MeanSquaredLogarithmicError", lambda x, t: ((1 + x).log() - (1 + t).log()).square().mean(), POSITIVE, POSITIVE),
    layer("PoissonNLLLoss", nn.PoissonNLLLoss, X, POSITIVE),
    layer("PoissonNLLLoss", lambda: nn.PoissonNLLLoss(log_input=False, full=True), POSITIVE, POSITIVE),
    layer("GaussianNLLLoss", lambda: nn.GaussianNLLLoss(full=True), X, X, Input((2, 1), 0.2, 2)),
    own("HingeLoss", lambda x, t: (1 - t * x).relu().mean(), X, SIGNS),
    own("SquaredHingeLoss", lambda x, t: (1 - t * x).relu().square().mean(), X, SIGNS),
    own("CategoricalHingeLoss", lambda x, t: (1 - (t * x).sum(-1) + ((1 - t) * x).amax(-1)).relu().mean(), X, HOT),
    layer("SoftMarginLoss", nn.SoftMarginLoss, X, SIGNS, call=converted),
    layer("MultiMarginLoss", nn.MultiMarginLoss, X, LABELS, second=False),
    layer("MultiMarginLoss", lambda: nn.MultiMarginLoss(2, 0.5, CLASSES), X, LABELS, second=False),
    layer("MultiLabelMarginLoss", nn.MultiLabelMarginLoss, X, LISTS, second=False),
    layer("MultiLabelSoftMarginLoss", nn.MultiLabelSoftMarginLoss, X, P),
    layer("MultiLabelSoftMarginLoss", lambda: nn.MultiLabelSoftMarginLoss(CLASSES), X, P),
    layer("HingeEmbeddingLoss", lambda: nn.HingeEmbeddingLoss(0.8), X, SIGNS),
    own("CosineSimilarityLoss", lambda x, t: -F.cosine_similarity(x, t, -1).mean(), X, X),
    layer("MarginRankingLoss", lambda: nn.MarginRankingLoss(0.3), X, X, SIGNS),
    layer("CosineEmbeddingLoss", lambda: nn.CosineEmbeddingLoss(-0.5), X, X, torch.tensor([1, -1])),
    layer("TripletMarginLoss", lambda: nn.TripletMarginLoss(2, swap=True), X, X, X),
    layer(
        "TripletMarginWithDistanceLoss",
        lambda: nn.TripletMarginWithDistanceLoss(distance_function=lambda a, b: ((a - b) ** 2).sum(-1), margin=5),
        *(X, X, X),
    ),
    ctc(nn.CTCLoss, 0),
    ctc(short_ctc, 1),
    layer("CosineSimilarity", nn.CosineSimilarity, X, X),
    layer("CosineSimilarity", lambda: nn.CosineSimilarity(0, 2.0), X, X),
    layer("PairwiseDistance", nn.PairwiseDistance, X, X),
    layer("PairwiseDistance", lambda: nn.PairwiseDistance(1, 0.1, True), X, X),
    adaptive(8, 12, [3, 7], div_value=2.0, labels=[0, 11, 4, 2, 5], features=8),
    adaptive(6, 9, [4], head_bias=True, labels=[0, 1, 2, 3, 3], features=6),
]

write(__file__, ROWS)
