// Convolution kernels: against plain loops in double precision, and alike for any number of threads.
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <catch.h>

#include "conv2d.h"
#include <taper/tensor/kernels/conv2d/conv2d.h>
#include <taper/tensor/parallel.h>

using namespace taper;
using kernels::Conv2dShape;

namespace {

template <class T>
void run_all_geometries() {
  for (const std::int64_t kernel : {1, 2, 3, 5})
    for (const std::int64_t stride : {1, 2, 3})
      for (const std::int64_t padding : {0, 1, 2})
        for (const std::int64_t dilation : {1, 2}) {
          run<T>({.images = 2,
                  .in_channels = 3,
                  .height = 12,
                  .width = 19,
                  .out_channels = 5,
                  .kernel_height = kernel,
                  .kernel_width = kernel,
                  .stride_height = stride,
                  .stride_width = stride,
                  .padding_height = padding,
                  .padding_width = padding,
                  .dilation_height = dilation,
                  .dilation_width = dilation},
                 kernel % 2 == 0, stride == 2);
        }
  // Axes that differ, and every remainder of the width.
  for (std::int64_t width = 3; width < 24; ++width)
    run<T>({.images = 1,
            .in_channels = 2,
            .height = 7,
            .width = width,
            .out_channels = 3,
            .kernel_height = 4,
            .kernel_width = 3,
            .stride_height = 1 + width % 3,
            .stride_width = 1 + width % 4,
            .padding_height = width % 2,
            .padding_width = 1 + width % 3,
            .dilation_height = 2,
            .dilation_width = 1 + width % 2},
           true);
}

}  // namespace

TEST_CASE("conv2d and its gradients agree with plain loops in every geometry") {
  run_all_geometries<float>();
  run_all_geometries<double>();
}

TEST_CASE("conv2d takes groups, down to one channel each") {
  for (const std::int64_t groups : {2, 3, 6})
    run<float>({.images = 3,
                .in_channels = 6,
                .height = 9,
                .width = 8,
                .out_channels = 12,
                .kernel_height = 3,
                .kernel_width = 3,
                .padding_height = 1,
                .padding_width = 1,
                .groups = groups},
               true, true);
  run<double>({.images = 2,
               .in_channels = 4,
               .height = 6,
               .width = 6,
               .out_channels = 4,
               .kernel_height = 1,
               .kernel_width = 1,
               .groups = 4},
              true);
}

TEST_CASE("conv2d of channels that meet few others, in every geometry") {
  struct Channels {
    std::int64_t in, out, groups;
  };
  for (const Channels channels : {Channels{5, 5, 5}, Channels{4, 8, 4}, Channels{6, 3, 3}})
    for (const std::int64_t stride : {1, 2, 3})
      for (const std::int64_t dilation : {1, 2})
        for (const std::int64_t kernel : {2, 3, 5}) {
          Conv2dShape s{.images = 2,
                        .in_channels = channels.in,
                        .height = 11,
                        .width = 10 + 4 * kernel,
                        .out_channels = channels.out,
                        .kernel_height = 3,
                        .kernel_width = kernel,
                        .stride_height = stride,
                        .stride_width = stride,
                        .padding_height = 1,
                        .padding_width = 7 - kernel,  // also beyond the kernel
                        .dilation_height = 1,
                        .dilation_width = dilation,
                        .groups = channels.groups};
          run<float>(s, stride == 2, dilation == 2);
          run<double>(s, stride == 2, dilation == 2);
        }
  // Rows of every length against the registers, and bands.
  for (std::int64_t width = 1; width < 70; width += 3)
    run<float>({.images = 1,
                .in_channels = 2,
                .height = 5 + 2 * width,
                .width = width,
                .out_channels = 2,
                .kernel_height = 3,
                .kernel_width = 3,
                .stride_height = 1 + width % 2,
                .padding_height = 1,
                .padding_width = 1,
                .groups = 2},
               true, true);
}

TEST_CASE("conv2d of channels that meet few others takes kernels and results of every height") {
  for (const std::int64_t kernel : {1, 2, 3, 4, 5, 7})
    for (std::int64_t rows = 1; rows < 20; rows += kernel % 2 + 1)
      for (const std::int64_t dilation : {1, 2}) {
        const Conv2dShape s{.images = 2,
                            .in_channels = 4,
                            .height = rows + dilation * (kernel - 1),
                            .width = 2 * rows + 2,
                            .out_channels = 2,
                            .kernel_height = kernel,
                            .kernel_width = 3,
                            .padding_width = 1,
                            .dilation_height = dilation,
                            .groups = 2};
        run<float>(s, true, rows % 2 == 0);
        if (rows < 6) run<double>(s);
      }
  run<float>({.images = 5,  // bands
              .in_channels = 3,
              .height = 75,
              .width = 90,
              .out_channels = 3,
              .kernel_height = 7,
              .kernel_width = 7,
              .padding_height = 3,
              .padding_width = 3,
              .groups = 3});
}

TEST_CASE("conv2d of single channels of small images has a lane for each channel") {
  for (const std::int64_t channels : {16, 48})
    for (const std::int64_t stride : {1, 2, 3})
      for (const std::int64_t padding : {0, 1, 5}) {
        const Conv2dShape s{.images = channels == 16 ? 9 : 2,
                            .in_channels = channels,
                            .height = 9,
                            .width = 5 + 7 * stride,
                            .out_channels = channels,
                            .kernel_height = 4,
                            .kernel_width = 3,
                            .stride_height = stride,
                            .stride_width = stride,
                            .padding_height = padding,
                            .padding_width = padding,
                            .dilation_width = 1 + padding % 2,
                            .groups = channels};
        run<float>(s, padding == 1, stride == 2);
        run<double>(s, padding == 1, stride == 2);
      }
  // Rows of every length against the tiles and the squares.
  for (std::int64_t width = 1; width < 40; ++width)
    run<float>({.images = 1,
                .in_channels = 16,
                .height = 6,
                .width = width,
                .out_channels = 16,
                .kernel_height = 3,
                .kernel_width = 3,
                .stride_height = 1 + width % 2,
                .padding_height = 1,
                .padding_width = 1,
                .groups = 16},
               true, true);
}

TEST_CASE("conv2d of many images with few channels has a lane for each image") {
  for (const std::int64_t images : {13, 16, 29, 100})
    for (const std::int64_t stride : {1, 2})
      for (const std::int64_t padding : {0, 1, 3}) {
        const Conv2dShape s{.images = images,
                            .in_channels = 6,
                            .height = 9,
                            .width = 11,
                            .out_channels = 20,
                            .kernel_height = 4,
                            .kernel_width = 3,
                            .stride_height = stride,
                            .stride_width = stride,
                            .padding_height = padding,
                            .padding_width = padding,
                            .dilation_width = 2,
                            .groups = 2};
        run<float>(s, padding == 1, stride == 2);
        run<double>(s, padding == 1, stride == 2);
      }
  run<float>({.images = 32,
              .in_channels = 1,
              .height = 28,
              .width = 28,
              .out_channels = 6,
              .kernel_height = 5,
              .kernel_width = 5});
}

TEST_CASE("conv2d works through many channels and large images in blocks") {
  run<float>({.images = 1,
              .in_channels = 130,
              .height = 6,
              .width = 7,
              .out_channels = 17,
              .kernel_height = 3,
              .kernel_width = 3,
              .padding_height = 1,
              .padding_width = 1},
             true, true);
  run<float>({.images = 2,
              .in_channels = 3,
              .height = 90,
              .width = 81,
              .out_channels = 4,
              .kernel_height = 5,
              .kernel_width = 5,
              .stride_height = 1,
              .padding_height = 2,
              .padding_width = 2},
             true);
  run<float>({.images = 1,
              .in_channels = 140,
              .height = 21,
              .width = 40,
              .out_channels = 2,
              .kernel_height = 3,
              .kernel_width = 3,
              .stride_height = 2,
              .stride_width = 2,
              .padding_height = 1,
              .padding_width = 1});
  run<float>({.images = 1,
              .in_channels = 70,
              .height = 20,
              .width = 20,
              .out_channels = 50,
              .kernel_height = 1,
              .kernel_width = 1},
             true);
}

TEST_CASE("conv2d takes large kernels of few channels: all blocks of the weight's gradient have channels") {
  struct Kernel {
    std::int64_t height, width, in, out = 3, padding = 0;
  };
  for (const Kernel kernel :
       {Kernel{7, 7, 11}, Kernel{6, 6, 15}, Kernel{11, 11, 5}, Kernel{15, 15, 3}, Kernel{1, 33, 16},
        Kernel{7, 7, 32, 32, 3}, Kernel{7, 7, 40}, Kernel{10, 10, 8, 1}}) {
    Conv2dShape s{.images = 2,
                  .in_channels = kernel.in,
                  .height = kernel.height == 1 ? 3 : 17,
                  .width = kernel.width + 3,
                  .out_channels = kernel.out,
                  .kernel_height = kernel.height,
                  .kernel_width = kernel.width,
                  .padding_height = kernel.padding,
                  .padding_width = kernel.padding};
    for (const std::int64_t stride : {1, 2}) {
      s.stride_height = s.stride_width = stride;
      run<float>(s);
      run<double>(s);
    }
  }
}

TEST_CASE("conv2d of stride 1 works without unfolding, for every division of the work") {
  // Many images of few channels, groups, dilation, padding beyond the kernel.
  for (const std::int64_t groups : {1, 2})
    for (const std::int64_t dilation : {1, 2})
      for (const std::int64_t padding : {0, 1, 5})
        run<float>({.images = 5,
                    .in_channels = 8,
                    .height = 13,
                    .width = 15,
                    .out_channels = 14,
                    .kernel_height = 3,
                    .kernel_width = 3,
                    .padding_height = padding,
                    .padding_width = padding,
                    .dilation_height = dilation,
                    .dilation_width = dilation,
                    .groups = groups},
                   padding == 1, dilation == 2);
  // Rows of every length against the registers, and kernels of every shape.
  for (std::int64_t width = 7; width < 40; ++width)
    run<float>({.images = 520 / (5 * width) + 1,
                .in_channels = 17,
                .height = 5,
                .width = width,
                .out_channels = 17,
                .kernel_height = 2 + width % 3,
                .kernel_width = 2 + width % 2,
                .padding_height = 1,
                .padding_width = width % 3},
               true, true);
  // More channels than one window takes, more rows of the weight than one block; bands of rows.
  run<double>({.images = 2,
               .in_channels = 60,
               .height = 16,
               .width = 17,
               .out_channels = 200,
               .kernel_height = 3,
               .kernel_width = 3,
               .padding_height = 1,
               .padding_width = 1},
              true, true);
  run<float>({.images = 1,
              .in_channels = 33,
              .height = 40,
              .width = 50,
              .out_channels = 5,
              .kernel_height = 3,
              .kernel_width = 3,
              .padding_height = 1,
              .padding_width = 1},
             true, true);
}

TEST_CASE("small images with many channels share a product") {
  const auto shape = [](std::int64_t images, std::int64_t in, std::int64_t size, std::int64_t out,
                        std::int64_t kernel, std::int64_t stride, std::int64_t groups) {
    return Conv2dShape{.images = images,
                       .in_channels = in,
                       .height = size,
                       .width = size + 1,
                       .out_channels = out,
                       .kernel_height = kernel,
                       .kernel_width = kernel,
                       .stride_height = stride,
                       .stride_width = stride,
                       .padding_height = kernel / 2,
                       .padding_width = kernel / 2,
                       .groups = groups};
  };
  for (const bool bias : {false, true}) {
    run<float>(shape(7, 3, 7, 130, 3, 1, 1), bias, bias);
    run<float>(shape(5, 130, 5, 6, 3, 1, 1), bias, bias);  // its gradient
    run<float>(shape(9, 6, 7, 256, 3, 2, 2), bias, bias);
    run<double>(shape(7, 3, 6, 129, 1, 1, 1), bias, bias);
    run<float>(shape(6, 70, 6, 140, 3, 1, 1), bias, bias);   // blocks of channels
    run<float>(shape(3, 20, 13, 130, 5, 1, 1), bias, bias);  // too large for one block of the unfolded image
  }
}

TEST_CASE("conv2d by minimal filtering agrees with plain loops, for every division of the work") {
  const auto shape = [](std::int64_t images, std::int64_t in, std::int64_t height, std::int64_t width,
                        std::int64_t out, std::int64_t padding, std::int64_t groups = 1) {
    return Conv2dShape{.images = images,
                       .in_channels = in,
                       .height = height,
                       .width = width,
                       .out_channels = out,
                       .kernel_height = 3,
                       .kernel_width = 3,
                       .padding_height = padding,
                       .padding_width = padding,
                       .groups = groups};
  };
  for (const bool relu : {false, true}) {
    run<float>(shape(3, 33, 14, 14, 66, 1), true, relu);       // images share a block
    run<float>(shape(2, 32, 17, 19, 64, 0), relu, relu);       // odd extents
    run<float>(shape(2, 64, 13, 24, 64, 2), true, relu);       // and its gradient is done so too
    run<float>(shape(1, 32, 41, 44, 64, 1), true, relu);       // bands
    run<float>(shape(1, 132, 16, 18, 132, 4, 2), true, relu);  // groups; the gradient's image is cropped
  }
}

TEST_CASE("conv2d takes windows far larger than the image, and no images at all") {
  run<float>({.images = 1,
              .in_channels = 1,
              .height = 1,
              .width = 1,
              .out_channels = 1,
              .kernel_height = 5,
              .kernel_width = 5,
              .padding_height = 4,
              .padding_width = 4});
  run<double>({.images = 1,
               .in_channels = 1,
               .height = 2,
               .width = 2,
               .out_channels = 2,
               .kernel_height = 2,
               .kernel_width = 2,
               .stride_height = 5,
               .stride_width = 7,
               .padding_height = 6,
               .padding_width = 9});
  run<float>({.images = 0,
              .in_channels = 2,
              .height = 5,
              .width = 5,
              .out_channels = 3,
              .kernel_height = 3,
              .kernel_width = 3});
}

TEST_CASE("conv2d gives the same bits for any number of threads") {
  const int threads = num_threads();
  const Conv2dShape shapes[] = {
      {.images = 33,
       .in_channels = 32,
       .height = 14,
       .width = 13,
       .out_channels = 32,
       .kernel_height = 3,
       .kernel_width = 3,
       .padding_height = 1,
       .padding_width = 1,
       .groups = 32},
      {.images = 21,
       .in_channels = 5,
       .height = 14,
       .width = 13,
       .out_channels = 18,
       .kernel_height = 3,
       .kernel_width = 3,
       .padding_height = 1,
       .padding_width = 1},
      {.images = 1,
       .in_channels = 64,
       .height = 40,
       .width = 40,
       .out_channels = 16,
       .kernel_height = 5,
       .kernel_width = 5,
       .stride_height = 2,
       .stride_width = 2},
  };
  for (const Conv2dShape& shape : shapes) {
    set_num_threads(1);
    const Results<float> one = run<float>(shape, true, true, false);
    for (const int count : {2, 3, 4}) {
      set_num_threads(count);
      const Results<float> more = run<float>(shape, true, true, false);
      const auto same = [](const std::vector<float>& a, const std::vector<float>& b) {
        return std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
      };
      CHECK(same(one.y, more.y));
      CHECK(same(one.x_gradient, more.x_gradient));
      CHECK(same(one.weight_gradient, more.weight_gradient));
    }
  }
  set_num_threads(threads);
}

TEST_CASE("a NaN in an image reaches only the windows that meet it") {
  const std::int64_t groups = GENERATE(1, 2);
  Conv2dShape s = complete({.images = 2,
                            .in_channels = 2,
                            .height = 11,
                            .width = 10,
                            .out_channels = 4,
                            .kernel_height = 3,
                            .kernel_width = 3,
                            .padding_height = 1,
                            .padding_width = 1,
                            .groups = groups});
  std::vector<float> x = values<float>(2 * 2 * 11 * 10, 1), y(2 * 4 * 11 * 10),
                     weight = values<float>(4 * 2 / groups * 9, 2);
  const std::size_t poisoned = 1 * 110 + 4 * 10 + 9;  // image 0, channel 1, row 4, the last column
  x[poisoned] = std::numeric_limits<float>::quiet_NaN();
  s.relu = true;
  kernels::conv2d<float>().forward(s, x.data(), weight.data(), nullptr, y.data(), nullptr);
  s.relu = false;
  std::vector<bool> met(y.size());
  for_each_product(s,
                   [&](std::size_t ix, std::size_t, std::size_t iy) { met[iy] = met[iy] || ix == poisoned; });
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(std::isnan(y[i]) == met[i]);

  std::vector<float> g = values<float>(y.size(), 5), weight_gradient(weight.size());
  kernels::conv2d<float>().weight_gradient(s, x.data(), {g.data()}, weight_gradient.data(), nullptr);
  met.assign(weight.size(), false);
  for_each_product(s,
                   [&](std::size_t ix, std::size_t iw, std::size_t) { met[iw] = met[iw] || ix == poisoned; });
  for (std::size_t i = 0; i < weight.size(); ++i) CHECK(std::isnan(weight_gradient[i]) == met[i]);

  // And the same for the gradient: x and y have the same height and width here.
  std::vector<float> x_gradient(x.size());
  const std::size_t at = 4 * 110 + 3 * 110 + 10;  // image 1, the last channel, row 1, the first column
  g[at] = std::numeric_limits<float>::quiet_NaN();
  kernels::conv2d<float>().input_gradient(s, {g.data()}, weight.data(), x_gradient.data());
  met.assign(x.size(), false);
  for_each_product(s, [&](std::size_t ix, std::size_t, std::size_t iy) { met[ix] = met[ix] || iy == at; });
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(std::isnan(x_gradient[i]) == met[i]);
}
