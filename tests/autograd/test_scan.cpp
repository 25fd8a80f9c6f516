// Scans: what they say of arguments that do not fit, edge cases, long rows, the same bits with any number of
// threads.
#include <cmath>

#include <catch.h>

#include "same_bits.h"
#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/random.h>
#include <taper/tensor/scan.h>

using namespace taper;

TEST_CASE("scans say what does not fit") {
  const Tensor x = zeros({2, 3});
  CHECK_THROWS_AS(cumsum(x, 2), IndexError);
  CHECK_THROWS_AS(cumprod(x, -3), IndexError);
  CHECK_THROWS_AS(cummax(scalar(1), 1), IndexError);
  CHECK_THROWS_WITH(logcumsumexp(to(x, int64), 0), ContainsSubstring("logcumsumexp: expected float32 or"));
  CHECK_THROWS_WITH(diff(x, -1), "diff: expected n of at least 0, got -1");
  CHECK_THROWS_AS(diff(scalar(1)), IndexError);
  CHECK_THROWS_AS(trapezoid(x, zeros({4})), ShapeError);
  for (const auto function : {cumsum, cumprod, logcumsumexp})
    CHECK_THROWS_AS(function(Tensor(), 0), ValueError);
  CHECK_THROWS_WITH(cummax(Tensor(), 0), ContainsSubstring("cummax: the tensor is undefined"));
  CHECK_THROWS_WITH(trapezoid(x, Tensor()), ContainsSubstring("trapezoid: the list of places is undefined"));
}

TEST_CASE("scans of nothing and of little") {
  const Tensor none = zeros({2, 0, 3});
  for (const std::int64_t axis : {0, 1, 2}) {
    CHECK(cumsum(none, axis).shape() == none.shape());
    CHECK(logcumsumexp(none, axis).shape() == none.shape());
    CHECK(cummin(none, axis).indices.shape() == none.shape());
  }
  CHECK(diff(none, 3, 1).shape() == none.shape());
  CHECK(diff(zeros({2, 3}), std::numeric_limits<std::int64_t>::max()).shape() == Shape{2, 0});
  CHECK(trapezoid(none, 1, 1).to_vector<float>() == std::vector<float>(6, 0));
  CHECK(cumsum(tensor({true, true, false}), 0).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{1, 2, 2});
  CHECK(cumprod(tensor({200, 2}, uint8), 0).to_vector<std::int64_t>() == std::vector<std::int64_t>{200, 400});
  // Integers wrap around.
  const std::int64_t large = std::numeric_limits<std::int64_t>::max();
  CHECK(cumsum(from_data({large, std::int64_t{1}}, {2}), 0).to_vector<std::int64_t>()[1] ==
        std::numeric_limits<std::int64_t>::min());
}

namespace {

std::vector<double> doubles(const Tensor& x) { return to(x, float64).to_vector<double>(); }

// Along axis 1 of [outer, length, inner], in a chain of long double.
template <class Next>
double worst(const Tensor& x, const Tensor& y, bool reverse, long double first, Next next) {
  const std::vector<double> in = doubles(x), out = doubles(y);
  const std::int64_t outer = x.size(0), length = x.size(1), inner = x.size(2);
  double error = 0;
  for (std::int64_t o = 0; o < outer; ++o)
    for (std::int64_t j = 0; j < inner; ++j) {
      long double value = first;
      for (std::int64_t k = 0; k < length; ++k) {
        const std::size_t at =
            static_cast<std::size_t>((o * length + (reverse ? length - 1 - k : k)) * inner + j);
        value = next(value, static_cast<long double>(in[at]));
        const double wanted = static_cast<double>(value);
        error = std::max(error, std::abs(out[at] - wanted) / std::max(1e-300, std::abs(wanted)));
      }
    }
  return error;
}

}  // namespace

TEST_CASE("scans of every length keep their digits") {
  Generator generator(3);
  for (const Shape& shape :
       {Shape{2, 1, 1}, Shape{3, 7, 1}, Shape{1, 8, 1}, Shape{2, 65, 1}, Shape{1, 100'000, 1}, Shape{2, 9, 3},
        Shape{2, 70'001, 1}, Shape{1, 20, 1030}, Shape{3, 5, 17}, Shape{1, 40'000, 2}, Shape{7, 33'000, 1}})
    for (const DType dtype : {float32, float64}) {
      const double bound = dtype == float32 ? 1.2e-7 : 1e-13;
      const Tensor x = uniform(shape, 0.5, 1.5, dtype, generator);
      const Tensor near_one = uniform(shape, 0.999, 1.001, dtype, generator);
      for (const bool reverse : {false, true}) {
        INFO(shape << " " << dtype << " " << reverse);
        using compute::ScanOp;
        CHECK(worst(x, compute::scan("test", ScanOp::sum, x, 1, reverse), reverse, 0,
                    [](long double a, long double b) { return a + b; }) < bound);
        CHECK(worst(near_one, compute::scan("test", ScanOp::product, near_one, 1, reverse), reverse, 1,
                    [](long double a, long double b) { return a * b; }) < std::max(bound, 2e-12));
        CHECK(worst(x, compute::scan("test", ScanOp::logsumexp, x, 1, reverse), reverse, -INFINITY,
                    [](long double a, long double b) {
                      return std::log1p(std::exp(std::min(a, b) - std::max(a, b))) + std::max(a, b);
                    }) < bound);
      }
    }
}

TEST_CASE("scans have the same bits for any number of threads") {
  Generator generator(4);
  std::vector<Tensor> inputs;
  for (const Shape& shape :
       {Shape{1, 200'003, 1}, Shape{3, 70'000, 1}, Shape{300, 1000, 1}, Shape{2, 1000, 300}})
    inputs.push_back(normal(shape, 0, 1, float32, generator));
  require_same_bits([&] {
    std::vector<std::vector<double>> bits;
    for (const Tensor& x : inputs) {
      bits.push_back(doubles(cumsum(x, 1)));
      bits.push_back(doubles(cumprod(x, 1)));
      bits.push_back(doubles(logcumsumexp(x, 1)));
      bits.push_back(doubles(cummax(x, 1).indices));
      bits.push_back(doubles(cumsum(to(x * 1000, int32), 1)));
    }
    return bits;
  });
}

TEST_CASE("a cumulative sum of float32 does not lose its digits") {
  const Tensor tenths = full({3'000'000}, 0.1);
  const double last = cumsum(tenths, 0)[-1].item<double>();
  CHECK(last == Approx(3e6 * static_cast<double>(0.1f)).epsilon(1e-7));
}

TEST_CASE("cumulative extrema are taken of the last of equal elements, and stay NaN") {
  const Tensor x = tensor({1., 3., 3., double(NAN), 5.});
  CHECK(cummax(x, 0).indices.to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 1, 2, 3, 3});
  CHECK(cummin(x, 0).indices.to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 0, 0, 3, 3});
  CHECK(std::isnan(cummax(x, 0).values.to_vector<float>()[4]));
  CHECK(cummax(full({3}, -INFINITY), 0).indices.to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{0, 1, 2});
}
