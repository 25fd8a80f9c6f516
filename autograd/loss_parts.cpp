// What losses share: checks, weights, reductions.
#include <fmt/format.h>

#include <taper/autograd/loss_parts.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>

namespace taper::detail {
namespace {

bool broadcasts_to(const Shape& shape, const Shape& target) {
  if (shape.rank() > target.rank()) return false;
  for (int i = 1; i <= shape.rank(); ++i)
    if (shape[-i] != 1 && shape[-i] != target[-i]) return false;
  return true;
}

}  // namespace

void check_pair(const char* function, const Tensor& x, const Tensor& target) {
  compute::check_floating(function, x);
  compute::check_same_dtype(function, x, target, "a target");
  compute::check_shape(function, target, x.shape(), "a target");
}

Tensor target_like(const char* function, const Tensor& x, const Tensor& target, const Shape& shape) {
  compute::check_floating(function, x);
  compute::check_shape(function, target, shape, "a target");
  return to(target, x.dtype());
}

void check_class_weight(const char* function, const Tensor& x, const Tensor& weight, std::int64_t classes) {
  if (!weight.defined()) return;
  compute::check_same_dtype(function, x, weight, "a weight");
  compute::check_shape(function, weight, {classes}, "a weight");
}

Tensor at_least(const char* function, const Tensor& x, double least) {
  return record(function, compute::binary(function, compute::Binary::maximum, x.detach(), least), {x},
                [](const Tensor& g) { return g; });
}

Tensor reduced(const char* function, const Tensor& losses, Reduction reduction, const Tensor& weight,
               Divisor divisor) {
  Tensor each = losses;
  if (weight.defined()) {
    compute::check_same_dtype(function, losses, weight, "a weight");
    if (!broadcasts_to(weight.shape(), losses.shape()))
      throw ShapeError(
          fmt::format("{}: expected a weight that broadcasts to the shape {} of the losses, got {}", function,
                      to_string(losses.shape()), to_string(weight.shape())));
    each = losses * weight;
    if (reduction == Reduction::mean && divisor == Divisor::weights)
      return sum(each) / sum(expand(weight, losses.shape()));
  }
  switch (reduction) {
    case Reduction::mean:
      return mean(each);
    case Reduction::sum:
      return sum(each);
    case Reduction::batch_mean:
      return sum(each) / static_cast<double>(each.rank() == 0 ? 1 : each.size(0));
    default:
      return each;
  }
}

}  // namespace taper::detail
