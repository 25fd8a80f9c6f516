// Reductions against plain loops: all subsets of axes, dtypes, strided operands, NaN, nothing.
#include <cmath>
#include <limits>

#include <catch.h>

#include "views.h"
#include <taper/tensor/error.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/reduce.h>

using namespace taper;
using compute::ReduceOp;

namespace {

Tensor whole_numbers(const Shape& shape, Random& random, DType dtype) {
  std::vector<double> values(static_cast<std::size_t>(shape.numel()));
  for (double& v : values) v = static_cast<double>(random(dtype == uint8 || dtype == boolean ? 0 : -50, 50));
  return compute::cast(from_data(values, shape), dtype);
}

// Whole numbers, so that the order of a sum does not matter.
std::vector<double> by_loops(ReduceOp reduction, const std::vector<double>& x, const Shape& shape,
                             unsigned mask) {
  const Layout kept(reduced_shape(shape, mask, true));
  std::vector<double> result(static_cast<std::size_t>(kept.numel()), reduction == ReduceOp::sum ? 0
                                                                     : reduction == ReduceOp::maximum
                                                                         ? -INFINITY
                                                                         : INFINITY);
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::int64_t rest = static_cast<std::int64_t>(i), place = 0;
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      if (!(mask >> axis & 1)) place += rest % shape[axis] * kept.strides[axis];
      rest /= shape[axis];
    }
    double& to = result[static_cast<std::size_t>(place)];
    to = reduction == ReduceOp::sum       ? to + x[i]
         : reduction == ReduceOp::maximum ? std::max(to, x[i])
                                          : std::min(to, x[i]);
  }
  return result;
}

std::vector<double> doubles(const Tensor& x) { return compute::cast(x, float64).to_vector<double>(); }

}  // namespace

TEST_CASE("sums and extrema over every subset of axes") {
  Random random(5);
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{7}, Shape{130}, Shape{3, 65}, Shape{65, 3},
                             Shape{5, 1, 9}, Shape{2, 3, 4, 5}, Shape{1, 1}, Shape{4, 100, 2}})
    for (const DType dtype : {boolean, uint8, int32, int64, float32, float64}) {
      const Tensor dense = whole_numbers(shape, random, dtype), strided = scattered(dense, random);
      const std::vector<double> values = doubles(dense);
      for (const ReduceOp reduction : {ReduceOp::sum, ReduceOp::maximum, ReduceOp::minimum}) {
        if (dtype == boolean && reduction != ReduceOp::sum) continue;
        for (unsigned mask = 0; mask < 1u << shape.rank(); ++mask)
          for (const Tensor& x : {dense, strided}) {
            const Tensor kept = compute::reduce("test", reduction, x, mask, true);
            const Tensor result = compute::reduce("test", reduction, x, mask, false);
            INFO(shape << " " << dtype << " mask " << mask);
            CHECK(doubles(kept) == by_loops(reduction, values, shape, mask));
            CHECK(doubles(result) == doubles(kept));
            CHECK(result.shape() == reduced_shape(shape, mask, false));
            CHECK(result.dtype() == (reduction == ReduceOp::sum && size_of(dtype) == 1 ? int64 : dtype));
            CHECK(result.value().storage->data() != x.value().storage->data());
          }
      }
    }
}

TEST_CASE("positions of extrema") {
  Random random(6);
  for (const Shape& shape : {Shape{9}, Shape{3, 65}, Shape{65, 3}, Shape{2, 3, 4}})
    for (const DType dtype : {uint8, int32, int64, float32, float64})
      for (int axis = 0; axis < shape.rank(); ++axis)
        for (const ReduceOp reduction : {ReduceOp::maximum, ReduceOp::minimum}) {
          const Tensor x = whole_numbers(shape, random, dtype);
          const Tensor at = compute::position("test", reduction, scattered(x, random), axis, true);
          const std::vector<double> values = doubles(x);
          const std::vector<std::int64_t> found = at.to_vector<std::int64_t>();
          const std::int64_t inner = x.strides()[axis], length = shape[axis];
          for (std::size_t k = 0; k < found.size(); ++k) {
            const std::int64_t row = static_cast<std::int64_t>(k);
            const std::int64_t begin = row / inner * inner * length + row % inner;
            std::int64_t best = 0;
            for (std::int64_t i = 1; i < length; ++i) {
              const double value = values[static_cast<std::size_t>(begin + i * inner)],
                           top = values[static_cast<std::size_t>(begin + best * inner)];
              if (reduction == ReduceOp::maximum ? value > top : value < top) best = i;
            }
            CHECK(found[k] == best);
          }
        }
  // An axis of extent 1 may have any stride, 0 too.
  const Tensor row = from_data({1.f, 3.f, 2.f}, {3});
  const Tensor view = row.alias(row.layout().expand("test", {1, 3}));
  CHECK(compute::position("test", ReduceOp::maximum, view, 0, false).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{0, 0, 0});
}

TEST_CASE("NaN wins, wherever it is") {
  for (const DType dtype : {float32, float64})
    for (const std::int64_t length : {1, 2, 7, 64, 65, 200})
      for (std::int64_t at = 0; at < length; at += 3) {
        std::vector<double> values(static_cast<std::size_t>(length), 1);
        values[static_cast<std::size_t>(at)] = NAN;
        const Tensor row = compute::cast(from_data(values, {length, 1}), dtype);
        const Tensor columns = compute::contiguous(row.alias(row.layout().expand("test", {length, 5})));
        for (const ReduceOp reduction : {ReduceOp::maximum, ReduceOp::minimum}) {
          CHECK(std::isnan(compute::reduce("test", reduction, row, 3, false).item<double>()));
          for (const double each : doubles(compute::reduce("test", reduction, columns, 1, false)))
            CHECK(std::isnan(each));
          CHECK(compute::position("test", reduction, row, 0, false).item<std::int64_t>() == at);
        }
      }
}

TEST_CASE("reductions of nothing") {
  const Tensor none = zeros({2, 0, 3});
  CHECK(compute::reduce("sum", ReduceOp::sum, none, 2, false).to_vector<float>() == std::vector<float>(6, 0));
  CHECK(compute::reduce("sum", ReduceOp::sum, none, 7, false).item<float>() == 0);
  CHECK(compute::reduce("sum", ReduceOp::sum, none, 1, true).shape() == Shape{1, 0, 3});
  CHECK(compute::reduce("sum", ReduceOp::sum, zeros({0}, uint8), 1, false).dtype() == int64);
  CHECK(compute::reduce("max", ReduceOp::maximum, none, 1, false).shape() == Shape{0, 3});
  CHECK_THROWS_WITH(compute::reduce("max", ReduceOp::maximum, none, 2, false),
                    ContainsSubstring("max: shape [2, 0, 3] has no elements"));
  CHECK_THROWS_AS(compute::reduce("max", ReduceOp::maximum, none, 7, false), ValueError);
  CHECK_THROWS_AS(compute::position("argmax", ReduceOp::maximum, none, 1, false), ValueError);
  CHECK(compute::position("argmax", ReduceOp::maximum, none, 0, false).shape() == Shape{0, 3});
  CHECK_THROWS_AS(compute::reduce("max", ReduceOp::maximum, zeros({2}, boolean), 1, false), DTypeError);
  CHECK_THROWS_AS(compute::position("argmax", ReduceOp::maximum, zeros({2}, boolean), 0, false), DTypeError);
}

TEST_CASE("reductions have the same bits for any number of threads") {
  const int before = num_threads();
  const Tensor x = compute::unary("sin", compute::Unary::sin, arange(300'000.));
  const auto run = [&](int threads) {
    set_num_threads(threads);
    std::vector<double> bits;
    for (const Shape& shape : {Shape{300'000, 1}, Shape{300, 1000}, Shape{30'000, 10}, Shape{2, 150'000}})
      for (const unsigned mask : {1u, 2u, 3u})
        for (const ReduceOp reduction : {ReduceOp::sum, ReduceOp::maximum}) {
          const std::vector<double> part =
              doubles(compute::reduce("test", reduction, x.alias(Layout(shape)), mask, false));
          bits.insert(bits.end(), part.begin(), part.end());
        }
    const std::vector<double> part = doubles(compute::softmax(x.alias(Layout(Shape{300, 1000})), false));
    bits.insert(bits.end(), part.begin(), part.end());
    return bits;
  };
  const std::vector<double> one = run(1);
  for (const int threads : {2, 3, 4}) CHECK(run(threads) == one);
  set_num_threads(before);
}

TEST_CASE("softmax of extreme rows") {
  const Tensor x = from_data({1000.f, 1000.f, -INFINITY, 0.f, -INFINITY, 3.f}, {2, 3});
  const std::vector<float> y = compute::softmax(x, false).to_vector<float>();
  CHECK(std::vector<float>(y.begin(), y.begin() + 3) == std::vector<float>{0.5, 0.5, 0});
  CHECK(y[3] == Approx(1 / (1 + std::exp(3.))).epsilon(1e-6));
  CHECK(y[4] == 0);
  CHECK(y[5] == Approx(1 / (1 + std::exp(-3.))).epsilon(1e-6));
  for (const float each : compute::softmax(full({3}, -INFINITY), false).to_vector<float>())
    CHECK(std::isnan(each));
  CHECK(compute::softmax(zeros({2, 0}), true).shape() == Shape{2, 0});
}
