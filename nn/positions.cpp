// Positions of the steps of a sequence, for attention, which does not see their order.
#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/dropout.h>
#include <taper/autograd/ops/shape.h>
#include <taper/nn/check.h>
#include <taper/nn/init.h>
#include <taper/nn/positions.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper::nn {
namespace {

void check_start(std::int64_t start) {
  if (start < 0 || start > (std::int64_t{1} << 53))  // beyond, not every number is a double
    throw ValueError(fmt::format("expected a start of at least 0, got {}", start));
}

// The steps of x [steps, batch, features], or [batch, steps, features], or [steps, features].
std::int64_t steps_of(const Tensor& x, bool batch_first, std::int64_t start) {
  compute::check_floating("x", x);
  if (x.rank() != 2 && x.rank() != 3)
    throw ShapeError(fmt::format("expected x {} or [steps, features], got {}",
                                 batch_first ? "[batch, steps, features]" : "[steps, batch, features]",
                                 to_string(x.shape())));
  check_start(start);
  return x.size(x.rank() == 3 && batch_first ? 1 : 0);
}

// rows [steps, features] added to all of a batch.
Tensor plus_rows(const Tensor& x, const Tensor& rows, bool batch_first) {
  return x + (x.rank() == 3 && !batch_first ? unsqueeze(rows, 1) : rows);
}

}  // namespace

SinusoidalPositions::SinusoidalPositions(const Options& given) : options(given) {
  check_fraction("SinusoidalPositions", "dropout", options.dropout);
}

Tensor SinusoidalPositions::forward(const Tensor& x, std::int64_t start) const {
  const std::int64_t steps = steps_of(x, options.batch_first, start);
  if (x.size(-1) == 0) return x;
  const Tensor rows = sinusoidal_positions(arange(start, start + steps), x.size(-1), options.base, x.dtype());
  const Tensor sum = plus_rows(x, rows, options.batch_first);
  return is_training() && options.dropout > 0 ? dropout(sum, options.dropout) : sum;
}

LearnedPositions::LearnedPositions(const Options& given)
    : options(given),
      weight(
          parameter("weight", Tensor::empty({at_least(1, "LearnedPositions", "max_steps", options.max_steps),
                                             at_least(1, "LearnedPositions", "features", options.features)},
                                            options.dtype, "LearnedPositions"))) {
  init::normal(weight, 0, options.standard_deviation);
}
LearnedPositions::LearnedPositions(std::int64_t max_steps, std::int64_t features)
    : LearnedPositions(max_steps, features, {}) {}
LearnedPositions::LearnedPositions(std::int64_t max_steps, std::int64_t features, Options others)
    : LearnedPositions(with(others, &Options::max_steps, max_steps, &Options::features, features)) {}

Tensor LearnedPositions::forward(const Tensor& x, std::int64_t start) const {
  const std::int64_t steps = steps_of(x, options.batch_first, start);
  if (steps > options.max_steps - start)
    throw ValueError(
        fmt::format("expected at most {} steps, got {} from {} on", options.max_steps, steps, start));
  if (x.size(-1) != options.features)
    throw ShapeError(fmt::format("expected x [..., {}], got {}", options.features, to_string(x.shape())));
  return plus_rows(x, narrow(weight, 0, start, steps), options.batch_first);
}

Tensor RotaryPositions::forward(const Tensor& x, std::int64_t start) const {
  compute::check_floating("x", x);
  if (x.rank() < 2)
    throw ShapeError(fmt::format("expected x [..., steps, features], got {}", to_string(x.shape())));
  check_start(start);
  return rotary_embedding(x, arange(start, start + x.size(-2)), options);
}

}  // namespace taper::nn
