// Convolutions as large as those of real networks: some of their results, against plain loops in float64.
#include <algorithm>
#include <cmath>

#include <catch.h>

#include <taper/tensor/convolution.h>
#include <taper/tensor/random.h>

using namespace taper;

namespace {

struct Layer {
  std::int64_t images, in, size, out, kernel, stride = 1, padding = 0, groups = 1;
};

/// Compares `samples` elements of a result [*, *, rows, columns]; add(i, j, row, column, use) calls use(a, b)
/// for all products that make up an element. Errors are relative to the sum of their magnitudes.
template <class Add>
void compare(const Tensor& result, const Add& add) {
  constexpr std::int64_t samples = 150;
  const Shape& s = result.shape();
  double worst = 0;
  for (std::int64_t i = 0; i < samples; ++i) {
    const std::int64_t at = (i * 1'000'003 + i) % result.numel();
    double sum = 0, magnitude = 1e-30;
    add(at / (s[1] * s[2] * s[3]), at / (s[2] * s[3]) % s[1], at / s[3] % s[2], at % s[3],
        [&](float a, float b) {
          const double product = static_cast<double>(a) * static_cast<double>(b);
          sum += product;
          magnitude += std::abs(product);
        });
    worst = std::max(worst, std::abs(sum - static_cast<double>(result.data<float>()[at])) / magnitude);
  }
  CHECK(worst < 2e-6);
}

void check(const Layer& l) {
  const Conv2dOptions options{.stride = l.stride, .padding = l.padding, .groups = l.groups};
  const std::int64_t size = (l.size + 2 * l.padding - l.kernel) / l.stride + 1;
  const std::int64_t in = l.in / l.groups, out = l.out / l.groups;
  manual_seed(1);
  const Tensor x = uniform({l.images, l.in, l.size, l.size}, -1, 1);
  const Tensor weight = uniform({l.out, in, l.kernel, l.kernel}, -1, 1);
  const Tensor gradient = uniform({l.images, l.out, size, size}, -1, 1);
  const auto at = [](const Tensor& t, std::int64_t i, std::int64_t j, std::int64_t row, std::int64_t column) {
    const Shape& s = t.shape();
    return t.data<float>()[((i * s[1] + j) * s[2] + row) * s[3] + column];
  };
  const auto x_or_zero = [&](std::int64_t n, std::int64_t c, std::int64_t row, std::int64_t column) {
    const bool outside = row < 0 || row >= l.size || column < 0 || column >= l.size;
    return outside ? 0.0f : at(x, n, c, row, column);
  };
  CAPTURE(l.images, l.in, l.size, l.out, l.kernel, l.stride, l.padding, l.groups);

  compare(compute::conv2d("conv2d", x, weight, nullptr, options).values,
          [&](std::int64_t n, std::int64_t o, std::int64_t row, std::int64_t column, const auto& use) {
            for (std::int64_t c = 0; c < in; ++c)
              for (std::int64_t a = 0; a < l.kernel; ++a)
                for (std::int64_t b = 0; b < l.kernel; ++b)
                  use(x_or_zero(n, o / out * in + c, row * l.stride + a - l.padding,
                                column * l.stride + b - l.padding),
                      at(weight, o, c, a, b));
          });
  compare(compute::conv2d_input_gradient(gradient, weight, x.shape(), options),
          [&](std::int64_t n, std::int64_t c, std::int64_t row, std::int64_t column, const auto& use) {
            for (std::int64_t o = c / in * out; o < (c / in + 1) * out; ++o)
              for (std::int64_t a = 0; a < l.kernel; ++a)
                for (std::int64_t b = 0; b < l.kernel; ++b) {
                  const std::int64_t y = row + l.padding - a, z = column + l.padding - b;
                  if (y >= 0 && z >= 0 && y % l.stride == 0 && z % l.stride == 0 && y / l.stride < size &&
                      z / l.stride < size)
                    use(at(gradient, n, o, y / l.stride, z / l.stride), at(weight, o, c % in, a, b));
                }
          });
  compare(compute::conv2d_weight_gradient(x, gradient, weight.shape(), options),
          [&](std::int64_t o, std::int64_t c, std::int64_t a, std::int64_t b, const auto& use) {
            for (std::int64_t n = 0; n < l.images; ++n)
              for (std::int64_t row = 0; row < size; ++row)
                for (std::int64_t column = 0; column < size; ++column)
                  use(x_or_zero(n, o / out * in + c, row * l.stride + a - l.padding,
                                column * l.stride + b - l.padding),
                      at(gradient, n, o, row, column));
          });
}

}  // namespace

TEST_CASE("layers of real networks agree with plain loops") {
  check({3, 32, 14, 64, 3, 1, 1});  // of the MNIST example
  check({3, 32, 26, 64, 3});        // of PyTorch's example
  check({2, 3, 224, 64, 7, 2, 3});  // ResNet-18
  check({2, 64, 56, 128, 3, 2, 1});
  check({2, 64, 56, 128, 1, 2});
  check({3, 256, 14, 256, 3, 1, 1});
  check({1, 256, 14, 256, 3, 1, 1});
  check({3, 512, 7, 512, 3, 1, 1});
  check({3, 160, 14, 130, 5, 1, 2});
  check({2, 32, 112, 32, 3, 1, 1, 32});  // MobileNet
  check({2, 32, 112, 64, 1});
  check({3, 512, 14, 512, 3, 1, 1, 512});
  check({3, 512, 14, 512, 1});
  check({3, 512, 14, 512, 1, 1, 0, 2});
}
