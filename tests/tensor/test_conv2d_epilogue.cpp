// Convolution kernels: what follows the convolution, against passes of its own.
#include <cstdint>
#include <utility>
#include <vector>

#include <catch.h>

#include "conv2d.h"
#include <taper/tensor/kernels/conv2d/conv2d.h>
#include <taper/tensor/kernels/pool2d.h>

using namespace taper;
using kernels::Conv2dShape;

namespace {

// What follows the convolution, against passes of its own: the same bits.
template <class T>
void check_epilogue(const Conv2dShape& plain, bool relu, std::int64_t pool_height, std::int64_t pool_width) {
  Conv2dShape s = plain;
  s.relu = relu;
  s.pool_height = pool_height;
  s.pool_width = pool_width;
  CAPTURE(s.in_channels, s.height, s.width, s.out_channels, s.stride_width, s.groups, relu, pool_height,
          pool_width, sizeof(T));
  kernels::Pool2dShape pool;
  pool.planes = s.images * s.out_channels;
  pool.height = s.out_height;
  pool.width = s.out_width;
  pool.out_height = s.out_height / pool_height;
  pool.out_width = s.out_width / pool_width;
  pool.kernel_height = pool.stride_height = pool_height;
  pool.kernel_width = pool.stride_width = pool_width;
  const std::int64_t whole_count = pool.planes * pool.height * pool.width;
  const std::size_t count = static_cast<std::size_t>(pool.planes * pool.out_height * pool.out_width);
  const std::vector<T> x = values<T>(s.images * s.in_channels * s.height * s.width, 1);
  const std::vector<T> weight =
      values<T>(s.out_channels * (s.in_channels / s.groups) * s.kernel_height * s.kernel_width, 1000);
  const std::vector<T> bias = values<T>(s.out_channels, 2000),
                       g = values<T>(static_cast<std::int64_t>(count), 3000);
  const kernels::Conv2dKernels<T>& conv = kernels::conv2d<T>();
  const kernels::Pool2dKernels<T>& pools = kernels::pool2d<T>();

  std::vector<T> whole(static_cast<std::size_t>(whole_count)), expected(count), y(count);
  std::vector<std::int32_t> expected_at(count), at(count);
  Conv2dShape unpooled = plain;
  unpooled.relu = relu;
  conv.forward(unpooled, x.data(), weight.data(), bias.data(), whole.data(), nullptr);
  pools.max_forward(pool, whole.data(), expected.data(), expected_at.data());
  const bool pooled = pool_height * pool_width > 1;
  conv.forward(s, x.data(), weight.data(), bias.data(), y.data(), pooled ? at.data() : nullptr);
  CHECK(y == expected);
  if (pooled) CHECK(at == expected_at);

  std::vector<T> masked = g, dense(whole.size());
  for (std::size_t i = 0; i < count; ++i) masked[i] = !relu || y[i] > 0 ? g[i] : T(0);
  pools.max_backward(pool, masked.data(), expected_at.data(), dense.data());
  std::vector<T> dx(x.size()), expected_dx(x.size()), dw(weight.size()), expected_dw(weight.size()),
      db(bias.size()), expected_db(bias.size());
  conv.input_gradient(plain, {dense.data()}, weight.data(), expected_dx.data());
  conv.weight_gradient(plain, x.data(), {dense.data()}, expected_dw.data(), expected_db.data());
  const kernels::Conv2dGradient<T> upstream{g.data(), relu ? y.data() : nullptr,
                                            pooled ? at.data() : nullptr};
  conv.input_gradient(s, upstream, weight.data(), dx.data());
  conv.weight_gradient(s, x.data(), upstream, dw.data(), db.data());
  CHECK(dx == expected_dx);
  CHECK(dw == expected_dw);
  CHECK(db == expected_db);
  std::vector<double> sums(bias.size());
  for (std::size_t i = 0; i < dense.size(); ++i)
    sums[i / static_cast<std::size_t>(pool.height * pool.width) % bias.size()] +=
        static_cast<double>(dense[i]);
  CHECK(worst_of(expected_db, sums) <=
        static_cast<double>(std::numeric_limits<T>::epsilon() * static_cast<T>(dense.size())));
}

template <class T>
void check_epilogues() {
  const Conv2dShape shapes[] = {
      convolution({3, 4, 17, 18}, {6, 2, 3, 3}, {.padding = 1}),  // direct
      convolution({2, 1, 9, 11}, {5, 1, 3, 3}),
      convolution({2, 3, 13, 12}, {4, 3, 5, 4}, {.stride = {2, 1}}),
      convolution({2, 6, 6, 7}, {8, 3, 1, 1}),
      convolution({3, 3, 19, 12}, {6, 1, 3, 3}, {.padding = 1}),
      convolution({45, 4, 11, 12}, {10, 2, 4, 5}, {.padding = {1, 2}}),  // a lane for each image
      convolution({13, 2, 7, 8}, {6, 2, 4, 4}, {.padding = 4}),  // so, too, with padding beyond the kernel
      convolution({14, 1, 9, 12}, {20, 1, 5, 5}, {.stride = {2, 1}}),  // so, too
      convolution({3, 16, 9, 12}, {16, 1, 3, 3}, {.padding = 1}),      // a lane for each channel
      convolution({5, 4, 9, 12}, {128, 4, 3, 3}),                      // images share a product
      convolution({2, 4, 9, 9}, {5, 4, 1, 1}, {.stride = {2, 1}}),     // meets some pixels
      convolution({1, 80, 30, 40}, {3, 80, 3, 3}, {.stride = 2}),      // several bands and blocks
      convolution({5, 64, 14, 15}, {64, 64, 3, 3}, {.padding = 1}),    // minimal filtering, images together
      convolution({1, 32, 40, 43}, {64, 32, 3, 3})};                   // and in bands
  for (const Conv2dShape& shape : shapes) {
    if (shape.in_channels >= 32) {  // much work: once
      if (sizeof(T) == 4) check_epilogue<T>(shape, true, 2, 2);
      continue;
    }
    for (const bool relu : {false, true})
      for (const auto& [height, width] : {std::pair(1, 1), std::pair(2, 2), std::pair(3, 2)})
        check_epilogue<T>(shape, relu, height, width);
  }
  for (const AlgorithmRow& row : algorithm_rows()) check_epilogue<T>(row.shape, true, 2, 2);
}

}  // namespace

TEST_CASE("relu and pooling behind a convolution give the bits of passes of their own") {
  check_epilogues<float>();
  check_epilogues<double>();
}
