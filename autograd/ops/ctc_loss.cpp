// The loss of sequences whose alignment is unknown.
#include <limits>

#include <fmt/format.h>

#include <taper/autograd/backward.h>
#include <taper/autograd/loss_parts.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/ctc_loss.h>
#include <taper/autograd/ops/index.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/ctc.h>
#include <taper/tensor/error.h>

namespace taper {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
// The logarithm of a probability of 0 where gradients are differentiated: with infinity they would be NaN.
constexpr double very_low = -1e30;

// The loss of sequence n from operations, whose gradients can be differentiated again.
Tensor loss_of(const Tensor& x, const compute::Alignments& alignments, std::int64_t n) {
  const std::int64_t states = alignments.states(n), steps = alignments.steps[static_cast<std::size_t>(n)];
  if (steps == 0) return full({}, states == 1 ? 0 : infinity, x.dtype());
  Tensor symbols = zeros({states}, int64), skips = zeros({states}, boolean);
  for (std::int64_t s = 0; s < states; ++s) {
    symbols.mutable_data<std::int64_t>()[s] = alignments.symbol(n, s);
    skips.mutable_data<bool>()[s] = alignments.skips(n, s);
  }
  const Tensor path = clip(index_select(select(slice(x, 0, 0, steps), 1, n), 1, symbols), very_low);
  Tensor alpha = where(arange(states) < 2, path[0], very_low);
  const auto shifted = [&](std::int64_t by) {
    return by > states ? full({states}, very_low, x.dtype())
                       : pad(slice(alpha, 0, 0, states - by), {{by, 0}}, PadMode::constant, very_low);
  };
  for (std::int64_t t = 1; t < steps; ++t)
    alpha = path[t] + logsumexp(stack({alpha, shifted(1), where(skips, shifted(2), very_low)}), 0);
  return -logsumexp(slice(alpha, 0, states > 1 ? states - 2 : 0));
}

// The gradient, to be differentiated again; `weights` are those of the losses.
Tensor gradient_of(const Tensor& x, const compute::Alignments& alignments, const Tensor& weights) {
  std::vector<Tensor> losses;
  losses.reserve(alignments.steps.size());
  for (std::int64_t n = 0; n < alignments.count(); ++n) losses.push_back(loss_of(x, alignments, n));
  const Tensor total = losses.empty() ? Tensor() : sum(stack(losses) * weights);
  if (!total.defined() || !total.requires_grad()) return zeros_like(x);
  const Tensor gradient = grad({total}, {x}, {}, {.create_graph = true})[0];
  return gradient.defined() ? gradient : zeros_like(x);
}

Tensor ctc_losses(const Tensor& x, const compute::Alignments& alignments, bool zero_infinity) {
  const double impossible = zero_infinity ? 0 : std::numeric_limits<double>::quiet_NaN();
  Tensor occupancy;
  Tensor losses = compute::ctc("ctc_loss", x.detach(), alignments,
                               grad_enabled() && x.requires_grad() ? &occupancy : nullptr, impossible);
  return record("ctc_loss", save(losses), {save(x)},
                [alignments, occupancy, impossible](const Backward& at, const Tensor& g) {
                  if (!grad_enabled()) return -unsqueeze(g, 1) * occupancy;
                  return gradient_of(at.input(0), alignments, where(at.output() == infinity, impossible, g));
                });
}

}  // namespace

Tensor ctc_loss(const Tensor& log_probabilities, const Tensor& targets, const Tensor& input_lengths,
                const Tensor& target_lengths, const CtcOptions& options) {
  compute::check_floating("ctc_loss", log_probabilities);
  const bool alone = log_probabilities.rank() == 2;
  if (!alone && log_probabilities.rank() != 3)
    throw ShapeError(fmt::format("ctc_loss: expected logarithms of shape [T, N, C] or [T, C], got {}",
                                 to_string(log_probabilities.shape())));
  const auto batched = [&](const Tensor& x, int rank) {
    return alone && x.defined() && x.rank() == rank ? unsqueeze(x, 0) : x;
  };
  const Tensor x = alone ? unsqueeze(log_probabilities, 1) : log_probabilities,
               lengths = batched(target_lengths, 0);
  const compute::Alignments alignments = compute::checked_alignments(
      "ctc_loss", x, batched(targets, 1), batched(input_lengths, 0), lengths, options.blank);
  Tensor losses = ctc_losses(x, alignments, options.zero_infinity);
  if (options.zero_infinity) losses = where(losses == infinity, 0, losses);
  if (alone) losses = options.reduction == Reduction::none ? squeeze(losses, 0) : losses;
  if (options.reduction == Reduction::mean) losses = losses / to(clip(lengths, 1), x.dtype());
  return detail::reduced("ctc_loss", losses, options.reduction);
}

}  // namespace taper
