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

// The steps of x [steps, batch, features], or [batch, steps, features], or [steps, features].
std::int64_t steps_of(const char* layer, const Tensor& x, bool batch_first, std::int64_t start) {
  compute::check_floating(layer, x);
  if (x.rank() != 2 && x.rank() != 3)
    throw ShapeError(fmt::format("{}: expected x {} or [steps, features], got {}", layer,
                                 batch_first ? "[batch, steps, features]" : "[steps, batch, features]",
                                 to_string(x.shape())));
  if (start < 0 || start > (std::int64_t{1} << 53))  // beyond, not every number is a double
    throw ValueError(fmt::format("{}: expected a start of at least 0, got {}", layer, start));
  return x.size(x.rank() == 3 && batch_first ? 1 : 0);
}

// rows [steps, features] added to all of a batch.
Tensor plus_rows(const Tensor& x, const Tensor& rows, bool batch_first) {
  return x + (x.rank() == 3 && !batch_first ? unsqueeze(rows, 1) : rows);
}

}  // namespace

SinusoidalPositions::SinusoidalPositions(const Options& given) : options(given) {
  if (!(options.dropout >= 0 && options.dropout <= 1))
    throw ValueError(
        fmt::format("SinusoidalPositions: dropout must be between 0 and 1, got {}", options.dropout));
}

Tensor SinusoidalPositions::forward(const Tensor& x, std::int64_t start) const {
  const std::int64_t steps = steps_of("SinusoidalPositions", x, options.batch_first, start);
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
    : LearnedPositions([&] {
        others.max_steps = max_steps;
        others.features = features;
        return others;
      }()) {}

Tensor LearnedPositions::forward(const Tensor& x, std::int64_t start) const {
  const std::int64_t steps = steps_of("LearnedPositions", x, options.batch_first, start);
  if (steps > options.max_steps - start)
    throw ValueError(fmt::format("LearnedPositions: expected at most {} steps, got {} from {} on",
                                 options.max_steps, steps, start));
  if (x.size(-1) != options.features)
    throw ShapeError(fmt::format("LearnedPositions: expected x [..., {}], got {}", options.features,
                                 to_string(x.shape())));
  return plus_rows(x, narrow(weight, 0, start, steps), options.batch_first);
}

Tensor RotaryPositions::forward(const Tensor& x, std::int64_t start) const {
  compute::check_floating("RotaryPositions", x);
  if (x.rank() < 2)
    throw ShapeError(
        fmt::format("RotaryPositions: expected x [..., steps, features], got {}", to_string(x.shape())));
  if (start < 0 || start > (std::int64_t{1} << 53))
    throw ValueError(fmt::format("RotaryPositions: expected a start of at least 0, got {}", start));
  return rotary_embedding(x, arange(start, start + x.size(-2)), options);
}

}  // namespace taper::nn
