#!/usr/bin/env python3
"""Writes torch_distributions.safetensors: see torch_rows.py."""

import torch
from torch.distributions import Bernoulli, Categorical, Distribution, Normal, Uniform, kl_divergence

from torch_rows import Input, row, write

Distribution.set_default_validate_args(False)  # values between 0 and 1, or outside of the interval

X, ABOVE, CHANCE = Input((2, 3)), Input((2, 3), 0.5, 2), Input((2, 3), 0.1, 0.9)
LOW, HIGH, HIGHER = Input((2, 3), -4, -3), Input((2, 3), 3, 4), Input((2, 3), 4, 5)
INDEX, WEIGHT, SCORE = Input((2, 3), 0, 4, torch.int64), Input((2, 3, 4), 0.1, 2), Input((2, 3, 4))
TWO, THREE, FOUR = [((3,), (2, 1))], [((3,), (2, 1), ())], [((2, 1), (3,), (), (1, 3))]
FIRST = torch.tensor([1.0, 0, 0, 0], dtype=torch.float64)
NOUGHT = torch.tensor(0.0, dtype=torch.float64)


def ends(x):
    return x.detach().round().clamp(0, 1)


def rebuilt(x, bound):
    return Categorical(torch.where(x.detach() < bound, 0, x.detach()) + FIRST)


def kl(kind, *parameters):
    parameters = torch.broadcast_tensors(*parameters)
    half = len(parameters) // 2
    return kl_divergence(kind(*parameters[:half]), kind(*parameters[half:]))


def bits(logits):
    return Bernoulli(logits=logits)


def scores(logits):
    return Categorical(logits=logits)


ROWS = [
    row("Normal::log_prob", lambda v, m, s: Normal(m, s).log_prob(v), X, X, ABOVE, shapes=THREE),
    row("Normal::entropy", lambda m, s: Normal(m, s).entropy(), X, ABOVE, shapes=TWO),
    row("Normal::kl_divergence", lambda *x: kl(Normal, *x), X, ABOVE, X, ABOVE, shapes=FOUR),
    row("Normal::variance", lambda m, s: Normal(m, s).variance, X, ABOVE),
    row("Uniform::log_prob", lambda v, a, b: Uniform(a, b).log_prob(v), X, LOW, HIGH, shapes=THREE),
    row("Uniform::entropy", lambda a, b: Uniform(a, b).entropy(), LOW, HIGH, shapes=TWO),
    row("Uniform::kl_divergence", lambda *x: kl(Uniform, *x), X, HIGH, LOW, HIGHER, shapes=FOUR),
    row("Uniform::mean", lambda a, b: Uniform(a, b).mean, LOW, HIGH),
    row("Uniform::variance", lambda a, b: Uniform(a, b).variance, LOW, HIGH),
    row("Bernoulli::log_prob", lambda v, p: Bernoulli(p).log_prob(v), X, CHANCE, shapes=TWO),
    row("Bernoulli::log_prob", lambda v, l: bits(l).log_prob(v), X, X, shapes=TWO),
    row("Bernoulli::entropy", lambda p: Bernoulli(p).entropy(), CHANCE),
    row("Bernoulli::entropy", lambda l: bits(l).entropy(), X),
    row("Bernoulli::kl_divergence", lambda *x: kl(Bernoulli, *x), CHANCE, CHANCE, shapes=TWO),
    row("Bernoulli::kl_divergence", lambda *x: kl(bits, *x), X, X, shapes=TWO),
    row("Bernoulli::variance", lambda l: bits(l).variance, X),
    row("Categorical::log_prob", lambda v, w: Categorical(w).log_prob(v), INDEX, WEIGHT, shapes=[((2, 1), (3, 4))]),
    row("Categorical::log_prob", lambda v, l: scores(l).log_prob(v), INDEX, SCORE, shapes=[((), (3, 4)), ((5, 2), (4,))]),
    row("Categorical::entropy", lambda w: Categorical(w).entropy(), WEIGHT, shapes=[((4,),)]),
    row("Categorical::entropy", lambda l: scores(l).entropy(), SCORE),
    row("Categorical::kl_divergence", lambda *x: kl(Categorical, *x), WEIGHT, WEIGHT, shapes=[((2, 1, 4), (3, 4))]),
    row("Categorical::kl_divergence", lambda *x: kl(scores, *x), SCORE, SCORE),
    row("Normal::log_prob", lambda v: Normal(NOUGHT, NOUGHT + 1e-3).log_prob(v.detach() * 100), X),
    row("Uniform::log_prob", lambda v: Uniform(0.0, 1.0).log_prob(v.detach().round()), X),
    row(
        "Uniform::kl_divergence",
        lambda a, b: kl(Uniform, a.detach(), a.detach() + 1, b.detach(), b.detach() + 2),
        X,
        X,
        float32=False,
    ),
    # PyTorch moves probabilities of 0 and 1 to the next number: by the definition instead.
    row(
        "Bernoulli::log_prob",
        lambda v, p: torch.special.xlogy(ends(v), ends(p)) + torch.special.xlog1py(1 - ends(v), -ends(p)),
        X,
        X,
    ),
    row("Bernoulli::log_prob", lambda v, l: bits(l.detach() * 500).log_prob(ends(v)), X, X),
    row("Bernoulli::entropy", lambda p: Bernoulli(ends(p)).entropy(), X),
    row("Bernoulli::entropy", lambda l: bits(l.detach() * 500).entropy(), X),
    row("Bernoulli::kl_divergence", lambda *x: kl(Bernoulli, *map(ends, x)), X, X),
    row("Categorical::entropy", lambda w: rebuilt(w, 1).entropy(), WEIGHT, float32=False),
    row("Categorical::kl_divergence", lambda *x: kl_divergence(*(rebuilt(w, 0.5) for w in x)), WEIGHT, WEIGHT, float32=False),
]

write(__file__, ROWS)
