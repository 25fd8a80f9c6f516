// How alike vectors are.
#include <fmt/format.h>

#include <taper/autograd/loss_parts.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/distance.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/tensor/check.h>
#include <taper/tensor/error.h>

namespace taper {

Tensor cosine_similarity(const Tensor& a, const Tensor& b, std::int64_t axis, double epsilon) {
  compute::check_floating("cosine_similarity", a);
  compute::check_same_dtype("cosine_similarity", a, b, "a second operand");
  const Shape shape = broadcast("cosine_similarity", a.shape(), b.shape());
  const int at = normalize_axis("cosine_similarity", axis, shape.rank());
  const auto direction = [&](const Tensor& x) {
    const Tensor vectors = expand(x, shape);
    return vectors / detail::at_least("cosine_similarity", norm(vectors, 2, at, true), epsilon);
  };
  return sum(direction(a) * direction(b), at);
}

Tensor pairwise_distance(const Tensor& a, const Tensor& b, double p, double epsilon, bool keepdim) {
  compute::check_floating("pairwise_distance", a);
  compute::check_same_dtype("pairwise_distance", a, b, "a second operand");
  if (!(p >= 0)) throw ValueError(fmt::format("pairwise_distance: expected p >= 0, got {}", p));
  normalize_axis("pairwise_distance", -1, broadcast("pairwise_distance", a.shape(), b.shape()).rank());
  return norm(a - b + epsilon, p, -1, keepdim);
}

}  // namespace taper
