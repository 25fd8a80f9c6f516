// Connectionist temporal classification on values: A. Graves, S. Fernandez, F. Gomez and J. Schmidhuber,
// "Connectionist temporal classification: labelling unsegmented sequence data with recurrent neural
// networks", 2006, section 4.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/ctc.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/parallel.h>

namespace taper::compute {
namespace {

constexpr double impossibility = -std::numeric_limits<double>::infinity();

void check_int64(const char* function, const Tensor& x, const char* what) {
  check_defined(function, x, what);
  if (x.dtype() != int64)
    throw DTypeError(fmt::format("{}: expected {} of dtype int64, got {}; convert with to(x, int64)",
                                 function, what, name(x.dtype())));
}

std::vector<std::int64_t> checked_lengths(const char* function, const Tensor& lengths, const char* what,
                                          std::int64_t count, std::int64_t most) {
  check_int64(function, lengths, what);
  check_shape(function, lengths, {count}, what);
  std::vector<std::int64_t> values = lengths.to_vector<std::int64_t>();
  for (const std::int64_t value : values)
    if (value < 0 || value > most)
      throw ValueError(fmt::format("{}: expected {} from 0 to {}, got {}", function, what, most, value));
  return values;
}

void append_label(const char* function, Alignments& result, std::int64_t label, std::int64_t classes) {
  if (label < 0 || label >= classes)
    throw IndexError(fmt::format("{}: label {} is not one of the {} classes (0 to {})", function, label,
                                 classes, classes - 1));
  if (label == result.blank)
    throw ValueError(fmt::format("{}: expected labels other than the blank {}, got it", function, label));
  result.labels.push_back(label);
}

// log(exp(a) + exp(b) + exp(c)).
double log_sum(double a, double b, double c) {
  const double largest = std::max(std::max(a, b), c);
  if (largest == impossibility) return largest;
  return largest + std::log(std::exp(a - largest) + std::exp(b - largest) + std::exp(c - largest));
}

// One sequence. x are its logarithms, `stride` elements from step to step.
template <class T>
class Sequence {
 public:
  Sequence(const char* function, const Alignments& alignments, std::int64_t n, const T* x,
           std::int64_t stride)
      : states_(alignments.states(n)),
        steps_(alignments.steps[static_cast<std::size_t>(n)]),
        stride_(stride),
        x_(x),
        table_(Tensor::empty({steps_ + 2, states_}, float64, function)),
        alpha_(table_.mutable_data<double>()) {
    symbols_.reserve(static_cast<std::size_t>(states_));
    skips_.reserve(static_cast<std::size_t>(states_) + 2);
    for (std::int64_t s = 0; s < states_; ++s) {
      symbols_.push_back(alignments.symbol(n, s));
      skips_.push_back(alignments.skips(n, s));
    }
    skips_.insert(skips_.end(), 2, false);
  }

  // The logarithm of the probability of all alignments; alpha_ becomes that of their parts up to each step
  // and state.
  double forward() {
    if (steps_ == 0) return states_ == 1 ? 0 : impossibility;
    for (std::int64_t s = 0; s < states_; ++s) alpha_[s] = s < 2 ? logarithm(0, s) : impossibility;
    for (std::int64_t t = 1; t < steps_; ++t) {
      const double* const before = alpha_ + (t - 1) * states_;
      for (std::int64_t s = 0; s < states_; ++s)
        alpha_[t * states_ + s] = logarithm(t, s) + log_sum(before[s], s > 0 ? before[s - 1] : impossibility,
                                                            skips(s) ? before[s - 2] : impossibility);
    }
    const double* const last = alpha_ + (steps_ - 1) * states_;
    return log_sum(last[states_ - 1], states_ > 1 ? last[states_ - 2] : impossibility, impossibility);
  }

  // After forward(), with its result: adds the probability of each step and class to `occupancy`.
  void backward(double total, T* occupancy) {
    // Of the alignments' parts behind a step, by the state there, and the same with the step itself.
    double *const beta = alpha_ + steps_ * states_, *const with_step = beta + states_;
    for (std::int64_t s = 0; s < states_; ++s) beta[s] = s + 2 >= states_ ? 0 : impossibility;
    for (std::int64_t t = steps_ - 1; t >= 0; --t) {
      for (std::int64_t s = 0; s < states_; ++s) {
        occupancy[t * stride_ + symbol(s)] +=
            static_cast<T>(std::exp(alpha_[t * states_ + s] + beta[s] - total));
        with_step[s] = beta[s] + logarithm(t, s);
      }
      for (std::int64_t s = 0; s < states_; ++s)
        beta[s] = log_sum(with_step[s], s + 1 < states_ ? with_step[s + 1] : impossibility,
                          skips(s + 2) ? with_step[s + 2] : impossibility);
    }
  }

 private:
  std::int64_t symbol(std::int64_t s) const { return symbols_[static_cast<std::size_t>(s)]; }
  bool skips(std::int64_t s) const { return skips_[static_cast<std::size_t>(s)]; }
  double logarithm(std::int64_t t, std::int64_t s) const {
    return static_cast<double>(x_[t * stride_ + symbol(s)]);
  }

  const std::int64_t states_, steps_, stride_;
  const T* const x_;
  Tensor table_;  // [steps, states], and two rows for backward()
  double* const alpha_;
  std::vector<std::int64_t> symbols_;
  std::vector<bool> skips_;
};

}  // namespace

Alignments checked_alignments(const char* function, const Tensor& x, const Tensor& targets,
                              const Tensor& input_lengths, const Tensor& target_lengths, std::int64_t blank) {
  const std::int64_t count = x.shape()[1], classes = x.shape()[2];
  if (blank < 0 || blank >= classes)
    throw ValueError(
        fmt::format("{}: expected a blank that is one of the {} classes, got {}", function, classes, blank));
  check_int64(function, targets, "targets");
  const bool padded = targets.rank() == 2;
  if (!padded && targets.rank() != 1)
    throw ShapeError(fmt::format("{}: expected targets of shape [N, S] or of all labels, got {}", function,
                                 to_string(targets.shape())));
  if (padded && targets.shape()[0] != count)
    throw ShapeError(fmt::format("{}: expected targets of shape [{}, S], got {}", function, count,
                                 to_string(targets.shape())));
  Alignments result{
      {}, {0}, checked_lengths(function, input_lengths, "input lengths", count, x.shape()[0]), blank};
  const std::vector<std::int64_t> lengths =
      checked_lengths(function, target_lengths, "target lengths", count, targets.shape().back());
  const std::vector<std::int64_t> values = targets.to_vector<std::int64_t>();
  result.starts.reserve(lengths.size() + 1);
  std::size_t row = 0;  // where the labels of a sequence begin
  for (const std::int64_t length : lengths) {
    const std::size_t end = row + static_cast<std::size_t>(length);
    if (end > values.size())
      throw ValueError(fmt::format("{}: expected target lengths that add up to the {} labels, got more",
                                   function, values.size()));
    for (std::size_t i = row; i < end; ++i) append_label(function, result, values[i], classes);
    result.starts.push_back(static_cast<std::int64_t>(result.labels.size()));
    row = padded ? row + static_cast<std::size_t>(targets.shape()[1]) : end;
  }
  if (!padded && row != values.size())
    throw ValueError(fmt::format("{}: expected target lengths that add up to the {} labels, got {}", function,
                                 values.size(), row));
  return result;
}

Tensor ctc(const char* function, const Tensor& x, const Alignments& alignments, Tensor* occupancy,
           double impossible) {
  const std::int64_t count = alignments.count(), classes = x.shape()[2];
  const Tensor values = contiguous(x);
  Tensor losses = Tensor::empty({count}, x.dtype(), function);
  if (occupancy != nullptr) *occupancy = zeros(x.shape(), x.dtype());
  visit_floating(x.dtype(), [&]<class T>() {
    T* const loss = losses.mutable_data<T>();
    T* const part = occupancy != nullptr ? occupancy->mutable_data<T>() : nullptr;
    const auto compute_one = [&](std::int64_t n) {
      Sequence<T> sequence(function, alignments, n, values.data<T>() + n * classes, count * classes);
      const double total = sequence.forward();
      loss[n] = static_cast<T>(-total);
      if (part == nullptr) return;
      if (total != impossibility) return sequence.backward(total, part + n * classes);
      for (std::int64_t t = 0; t < alignments.steps[static_cast<std::size_t>(n)]; ++t)
        std::fill_n(part + (t * count + n) * classes, classes, static_cast<T>(impossible));
    };
    std::int64_t cells = 0;
    for (std::int64_t n = 0; n < count; ++n)
      cells += alignments.steps[static_cast<std::size_t>(n)] * alignments.states(n);
    const std::int64_t chunks =
        std::min(std::max<std::int64_t>(count, 1), chunk_count(cells, grain::elements / 32));
    parallel_for(chunks, [&](std::int64_t chunk) {
      const std::int64_t end = chunk_begin(chunk + 1, chunks, count);
      for (std::int64_t n = chunk_begin(chunk, chunks, count); n < end; ++n) compute_one(n);
    });
  });
  return losses;
}

}  // namespace taper::compute
