// Rounding errors of float32 sums, wherever there are any, against float64.
#include <cmath>
#include <numeric>

#include <catch.h>

#include "views.h"
#include <taper/tensor/kernels/optimizer.h>
#include <taper/tensor/memory.h>
#include <taper/tensor/normalization.h>
#include <taper/tensor/reduce.h>

using namespace taper;
using compute::ReduceOp;

namespace {

// Of the sum of magnitudes.
constexpr double bound = 2e-7;

std::vector<double> sums(const Tensor& x, unsigned mask) {
  return compute::cast(compute::reduce("test", ReduceOp::sum, x, mask, false), float64).to_vector<double>();
}

/// The largest error in units of the sum of magnitudes.
double error(const Tensor& x, unsigned mask) {
  const Tensor exact = compute::cast(x, float64);
  const std::vector<double> found = sums(x, mask), wanted = sums(exact, mask),
                            scale = sums(compute::unary("abs", compute::Unary::abs, exact), mask);
  double worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i)
    worst = std::max(worst, std::abs(found[i] - wanted[i]) / scale[i]);
  return worst;
}

}  // namespace

TEST_CASE("float32 sums keep their digits along every axis") {
  Random random(3);
  for (const Shape& shape :
       {Shape{1'000'000}, Shape{100'000, 2}, Shape{2, 100'000}, Shape{3000, 64}, Shape{30'000, 7},
        Shape{700, 1100}, Shape{20, 3000, 6}, Shape{30, 5, 1000}, Shape{5000, 3, 4}}) {
    const Tensor uniform = compute::unary(
        "sin", compute::Unary::square,
        compute::unary("sin", compute::Unary::sin, arange(static_cast<double>(shape.numel()))));
    for (const Tensor& flat : {full({shape.numel()}, 0.1), uniform}) {
      const Tensor dense = flat.alias(Layout(shape));
      for (unsigned mask = 1; mask < 1u << shape.rank(); ++mask)
        for (const Tensor& x : {dense, scattered(dense, random)}) {
          INFO(shape << " mask " << mask << " of " << flat.data<float>()[1]);
          CHECK(error(x, mask) < bound);
        }
    }
  }
  CHECK(error(full({10'000'000}, 0.1), 1) < bound);
}

TEST_CASE("sums of softmax keep their digits") {
  // One exponential of 1, the others of 0.1.
  const std::int64_t count = 1'000'000;
  Tensor x = full({1, count}, std::log(0.1));
  x.mutable_data<float>()[0] = 0;
  const double tenth = std::exp(static_cast<double>(x.data<float>()[1]));
  const double sum = 1 + tenth * static_cast<double>(count - 1);
  CHECK(compute::softmax(x, false).data<float>()[0] * sum == Approx(1).epsilon(4e-7));
  CHECK(std::exp(-static_cast<double>(compute::softmax(x, true).data<float>()[0])) ==
        Approx(sum).epsilon(1e-6));  // half a unit in the last place of 11.5 is 5e-7
  const Tensor tenths = full({1, count}, 0.1), ones = full({1, count}, 1);
  const double total = static_cast<double>(0.1f) * static_cast<double>(count - 1);
  // y * (g - sum(g * y)) and g - exp(y) * sum(g)
  CHECK(compute::softmax_gradient(tenths, ones, false).data<float>()[1] == Approx(-total).epsilon(bound));
  CHECK(compute::softmax_gradient(tenths, zeros({1, count}), true).data<float>()[1] ==
        Approx(-total).epsilon(bound));
}

TEST_CASE("sums of normalization keep their digits") {
  const auto error = [](const Tensor& found, double wanted) {
    double worst = 0;
    for (const float each : found.to_vector<float>())
      worst = std::max(worst, std::abs(static_cast<double>(each) / wanted - 1));
    return worst;
  };
  // Layers, batches of vectors, of images, of tiny images; x alternates between -1 and 1.
  for (const compute::NormalizationShape& shape :
       {compute::NormalizationShape{1, 2, 100'000, true}, compute::NormalizationShape{1, 100'000, 3, true},
        compute::NormalizationShape{100'000, 3, 1, false}, compute::NormalizationShape{300, 2, 784, false},
        compute::NormalizationShape{100'000, 2, 2, false}}) {
    const std::int64_t count = shape.runs * shape.length, all = count * shape.groups;
    INFO(shape.runs << " " << shape.groups << " " << shape.length);
    const Tensor g = full({all}, 0.1), ones = full({shape.per_position ? shape.length : shape.groups}, 1);
    // The gradients with respect to x take means over each group, those of weight and bias sums.
    const std::int64_t summed = shape.per_position ? shape.groups : count;
    const Tensor zero = zeros({shape.groups}), one = full({shape.groups}, 1);
    const auto gradients =
        compute::normalize_gradient("layer_norm", full({all}, 1), g, shape, zero, one, ones, true);
    const double total = static_cast<double>(0.1f) * static_cast<double>(summed);
    CHECK(error(gradients.bias, total) < bound);
    CHECK(error(gradients.weight, total) < bound);
    CHECK(error(gradients.x, static_cast<double>(-0.1f)) < 3 * bound);  // 0.1 less two means of 0.1
    // The variance of 0.1 and -0.1.
    Tensor x = full({all}, 0.1);
    float* const values = x.mutable_data<float>();
    for (std::int64_t i = 0; i < all; ++i)
      if (i / shape.length / shape.groups % 2 != 0 || (shape.runs == 1 && i % shape.length % 2 != 0))
        values[i] = -values[i];
    if (count % 2 == 0) {
      const auto normalized = compute::normalize("layer_norm", x, shape, ones, zeros({ones.numel()}), 0);
      CHECK(error(normalized.variance, static_cast<double>(0.1f) * static_cast<double>(0.1f)) < bound);
    }
  }
}

TEST_CASE("the sum of squares for clipping keeps its digits") {
  const std::vector<float> tenths(1 << 16, 0.1f);
  const double found = kernels::optimizer().sum_of_squares[0](1 << 16, tenths.data());
  CHECK(found == Approx((1 << 16) * static_cast<double>(0.1f) * static_cast<double>(0.1f)).epsilon(bound));
}

TEST_CASE("sums of bytes make no copy of the input") {
  const std::int64_t count = 16 << 20;
  for (const DType dtype : {boolean, uint8}) {
    const Tensor x = full({1024, count / 1024}, 1, dtype);
    memory::trim();
    const std::uint64_t before = memory::statistics().bytes_reserved;
    for (const unsigned mask : {1u, 2u, 3u}) {
      const std::vector<double> found = sums(x, mask);
      CHECK(std::accumulate(found.begin(), found.end(), 0.0) == static_cast<double>(count));
    }
    CHECK(memory::statistics().bytes_reserved - before < 4 << 20);
  }
}
