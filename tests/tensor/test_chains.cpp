// Sums of products over a long depth, in float32: how many digits they keep. See Note [Chains].
#include <algorithm>
#include <cmath>
#include <vector>

#include <catch.h>

#include <taper/tensor/convolution.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/kernels/gemm.h>
#include <taper/tensor/random.h>

using namespace taper;

namespace {

/// The errors of float32 numbers, relative to the root mean square of what they should be.
struct Errors {
  double largest = 0, root_mean_square = 0;
};
template <class Expected>
Errors errors(const float* got, const Expected& expected, std::int64_t count) {
  double largest = 0, squares = 0, whole = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const double exact = expected(i), error = std::abs(static_cast<double>(got[i]) - exact);
    largest = std::max(largest, error);
    squares += error * error;
    whole += exact * exact;
  }
  return {largest / std::sqrt(whole / static_cast<double>(count)), std::sqrt(squares / whole)};
}
Errors errors(const Tensor& got, const Tensor& expected) {
  return errors(
      got.data<float>(), [&](std::int64_t i) { return expected.data<double>()[i]; }, got.numel());
}

Tensor numbers(const Shape& shape) {
  static Generator generator(1);
  return normal(shape, 0, 1, float32, generator);
}

}  // namespace

TEST_CASE("products of float32 keep their digits over a long depth, whatever way is taken") {
  struct Way {
    std::int64_t rows, columns;
    bool transpose_a, transpose_b, accumulate = false;
  };
  const std::int64_t depth = 4096;
  for (const Way way : {Way{64, 70, false, false}, Way{64, 70, true, false}, Way{64, 70, false, true},
                        Way{5, 300, false, false}, Way{1, 300, false, true}, Way{6, 300, false, true},
                        Way{300, 2, false, false}, Way{64, 70, false, false, true}}) {
    const Tensor a = numbers({way.rows, depth}), b = numbers({depth, way.columns});
    const Tensor start = numbers({way.rows, way.columns});
    std::vector<float> c(start.data<float>(), start.data<float>() + start.numel());
    kernels::Gemm<float> p;
    p.rows = way.rows;
    p.columns = way.columns;
    p.depth = depth;
    p.a = a.data<float>();
    p.a_row_stride = way.transpose_a ? 1 : depth;
    p.a_column_stride = way.transpose_a ? way.rows : 1;
    p.b = b.data<float>();
    p.b_row_stride = way.transpose_b ? 1 : way.columns;
    p.b_column_stride = way.transpose_b ? depth : 1;
    p.c = c.data();
    p.c_row_stride = way.columns;
    p.accumulate = way.accumulate;
    kernels::gemm(p);
    const Errors found = errors(
        p.c,
        [&](std::int64_t i) {
          const std::int64_t row = i / way.columns, column = i % way.columns;
          double sum = way.accumulate ? static_cast<double>(start.data<float>()[i]) : 0;
          for (std::int64_t k = 0; k < depth; ++k)
            sum += static_cast<double>(p.a[row * p.a_row_stride + k * p.a_column_stride]) *
                   static_cast<double>(p.b[k * p.b_row_stride + column * p.b_column_stride]);
          return sum;
        },
        start.numel());
    CAPTURE(way.rows, way.columns, way.transpose_a, way.transpose_b, way.accumulate);
    CHECK(found.largest < 2e-6);
    CHECK(found.root_mean_square < 3e-7);
  }
}

TEST_CASE("convolutions of float32 keep their digits, over many channels, large kernels and many positions") {
  struct Layer {
    Shape x, weight;
    Conv2dOptions options;
  };
  const Layer layers[] = {
      {{2, 256, 14, 14}, {256, 256, 3, 3}, {.padding = 1}},                 // minimal filtering
      {{4, 64, 40, 40}, {16, 64, 3, 3}, {.padding = 1}},                    // ... many tiles
      {{1, 256, 14, 14}, {256, 256, 3, 3}, {.padding = 1}},                 // unfolded
      {{2, 256, 28, 28}, {64, 256, 3, 3}, {.stride = 2, .padding = 1}},     // ... in blocks
      {{2, 64, 28, 28}, {64, 64, 5, 5}, {.padding = 2}},                    // direct
      {{4, 32, 3, 400}, {32, 32, 1, 3}, {.padding = {0, 1}}},               // ... long rows
      {{2, 512, 28, 28}, {512, 512, 1, 1}, {}},                             // in place
      {{256, 1, 28, 28}, {6, 1, 5, 5}, {}},                                 // a lane for each image
      {{16, 64, 5, 5}, {2, 64, 5, 5}, {}},                                  // ... many channels
      {{16, 4, 1, 300}, {12, 4, 1, 7}, {.padding = {0, 3}}},                // ... long rows
      {{32, 16, 28, 28}, {16, 1, 3, 3}, {.padding = 1, .groups = 16}},      // a lane for each channel
      {{2, 16, 28, 28}, {16, 1, 31, 31}, {.padding = 15, .groups = 16}},    // ... large kernels
      {{8, 16, 1, 700}, {16, 1, 1, 3}, {.padding = {0, 1}, .groups = 16}},  // ... long rows
      {{4, 4, 224, 224}, {4, 1, 3, 3}, {.padding = 1, .groups = 4}},        // depthwise
      {{1, 2, 60, 60}, {2, 1, 31, 31}, {.padding = 15, .groups = 2}},       // ... large kernels
      {{1, 2, 1, 100000}, {2, 1, 1, 3}, {.padding = {0, 1}, .groups = 2}},  // ... long rows
  };
  for (const auto& [x_shape, weight_shape, options] : layers) {
    const Tensor x = numbers(x_shape), weight = numbers(weight_shape);
    const Tensor x64 = compute::cast(x, float64), weight64 = compute::cast(weight, float64);
    const Tensor y = compute::conv2d("conv2d", x, weight, nullptr, options).values;
    const Tensor g = numbers(y.shape()), g64 = compute::cast(g, float64);
    CAPTURE(to_string(x_shape), to_string(weight_shape));
    CHECK(errors(y, compute::conv2d("conv2d", x64, weight64, nullptr, options).values).root_mean_square <
          4e-7);
    CHECK(errors(compute::conv2d_input_gradient(g, weight, x_shape, options),
                 compute::conv2d_input_gradient(g64, weight64, x_shape, options))
              .root_mean_square < 4e-7);
    CHECK(errors(compute::conv2d_weight_gradient(x, g, weight_shape, options),
                 compute::conv2d_weight_gradient(x64, g64, weight_shape, options))
              .root_mean_square < 4e-7);
  }
}
