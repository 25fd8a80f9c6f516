// AdaptiveLogSoftmaxWithLoss: a softmax over very many classes, most of which are rare.
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/index.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/ops/sort.h>
#include <taper/nn/adaptive_softmax.h>
#include <taper/nn/check.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/cross_entropy.h>
#include <taper/tensor/error.h>

namespace taper::nn {
namespace {

using Options = AdaptiveLogSoftmaxWithLoss::Options;

Options checked(Options options) {
  at_least(1, "AdaptiveLogSoftmaxWithLoss", "in_features", options.in_features);
  std::int64_t before = 0;
  bool good = !options.cutoffs.empty() && options.cutoffs.back() < options.n_classes;
  for (const std::int64_t cutoff : options.cutoffs) {
    good = good && cutoff > before;
    before = cutoff;
  }
  if (!good)
    throw ValueError(
        fmt::format("AdaptiveLogSoftmaxWithLoss: cutoffs must increase, from at least 1 to below n_classes = "
                    "{}, got [{}]",
                    options.n_classes, fmt::join(options.cutoffs, ", ")));
  return options;
}

ModuleList<Sequential> clusters_of(const Options& options) {
  ModuleList<Sequential> tail;
  double features = static_cast<double>(options.in_features);
  for (std::size_t i = 0; i < options.cutoffs.size(); ++i) {
    features /= options.div_value;
    if (!(features >= 1 && features <= 0x1p40))
      throw ValueError(fmt::format(
          "AdaptiveLogSoftmaxWithLoss: {} features divided by {}^{} leave none, or too many, for cluster {}",
          options.in_features, options.div_value, i + 1, i));
    const auto width = static_cast<std::int64_t>(features);
    const std::int64_t end = i + 1 < options.cutoffs.size() ? options.cutoffs[i + 1] : options.n_classes;
    tail.push_back(
        Sequential(Linear(options.in_features, width, {.bias = false, .dtype = options.dtype}),
                   Linear(width, end - options.cutoffs[i], {.bias = false, .dtype = options.dtype})));
  }
  return tail;
}

}  // namespace

AdaptiveLogSoftmaxWithLoss::AdaptiveLogSoftmaxWithLoss(const Options& given)
    : options(checked(given)),
      head(child("head", Linear(options.in_features, begin(0) + clusters(),
                                {.bias = options.head_bias, .dtype = options.dtype}))),
      tail(child("tail", clusters_of(options))) {}

AdaptiveLogSoftmaxWithLoss::Result AdaptiveLogSoftmaxWithLoss::forward(const Tensor& x,
                                                                       const Tensor& labels) const {
  if (x.rank() == 1) {
    Result alone = forward(unsqueeze(x, 0), unsqueeze(labels, 0));
    alone.output = squeeze(alone.output, 0);
    return alone;
  }
  if (x.rank() != 2)
    throw ShapeError(
        fmt::format("expected x of shape [N, in_features] or [in_features], got {}", to_string(x.shape())));
  const Tensor all = zeros({1, 1}, x.dtype());  // checks against it: its classes are repeated, not stored
  const compute::Labels checked_labels =
      compute::checked_labels("labels", expand(all, {x.size(0), options.n_classes}), labels, {});
  const Tensor& label = checked_labels.values;
  // The scores of the head to look at, and what is added for those in a cluster.
  Tensor places = label, within = zeros({x.size(0)}, x.dtype());
  for (std::int64_t i = 0; i < clusters(); ++i) {
    const Tensor inside = (label >= begin(i)) & (label < begin(i + 1));
    const Tensor rows = squeeze(nonzero(inside), 1);
    if (rows.numel() == 0) continue;
    const Tensor scores = log_softmax(tail[static_cast<std::size_t>(i)](index_select(x, 0, rows)), 1);
    const Tensor chosen = gather(scores, 1, unsqueeze(index_select(label, 0, rows) - begin(i), 1));
    within = index_add(within, 0, rows, squeeze(chosen, 1));
    places = where(inside, begin(0) + i, places);
  }
  const Tensor output = within + squeeze(gather(log_softmax(head(x), 1), 1, unsqueeze(places, 1)), 1);
  return {output, -mean(output)};
}

Tensor AdaptiveLogSoftmaxWithLoss::log_prob(const Tensor& x) const {
  const Tensor first = log_softmax(head(x), 1);
  std::vector<Tensor> parts{slice(first, 1, 0, begin(0))};
  parts.reserve(static_cast<std::size_t>(clusters()) + 1);
  for (std::int64_t i = 0; i < clusters(); ++i) {
    const std::int64_t at = begin(0) + i;
    parts.push_back(slice(first, 1, at, at + 1) + log_softmax(tail[static_cast<std::size_t>(i)](x), 1));
  }
  return concat(parts, 1);
}

Tensor AdaptiveLogSoftmaxWithLoss::predict(const Tensor& x) const { return argmax(log_prob(x), 1); }

}  // namespace taper::nn
