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
          run<T>(convolution({2, 3, 12, 19}, {5, 3, kernel, kernel},
                             {.stride = stride, .padding = padding, .dilation = dilation}),
                 kernel % 2 == 0, stride == 2);
        }
  // Axes that differ, and every remainder of the width.
  for (std::int64_t width = 3; width < 24; ++width)
    run<T>(convolution({1, 2, 7, width}, {3, 2, 4, 3},
                       {.stride = {1 + width % 3, 1 + width % 4},
                        .padding = {width % 2, 1 + width % 3},
                        .dilation = {2, 1 + width % 2}}),
           true);
}

}  // namespace

TEST_CASE("conv2d and its gradients agree with plain loops in every geometry") {
  run_all_geometries<float>();
  run_all_geometries<double>();
}

TEST_CASE("conv2d takes groups, down to one channel each") {
  for (const std::int64_t groups : {2, 3, 6})
    run<float>(convolution({3, 6, 9, 8}, {12, 6 / groups, 3, 3}, {.padding = 1}), true, true);
  run<double>(convolution({2, 4, 6, 6}, {4, 1, 1, 1}), true);
}

TEST_CASE("conv2d of channels that meet few others, in every geometry") {
  struct Channels {
    std::int64_t in, out, groups;
  };
  for (const Channels channels : {Channels{5, 5, 5}, Channels{4, 8, 4}, Channels{6, 3, 3}})
    for (const std::int64_t stride : {1, 2, 3})
      for (const std::int64_t dilation : {1, 2})
        for (const std::int64_t kernel : {2, 3, 5}) {
          const std::int64_t in_of_group = channels.in / channels.groups;
          const Conv2dShape s =  // with padding beyond the kernel, too
              convolution({2, channels.in, 11, 10 + 4 * kernel}, {channels.out, in_of_group, 3, kernel},
                          {.stride = stride, .padding = {1, 7 - kernel}, .dilation = {1, dilation}});
          run<float>(s, stride == 2, dilation == 2);
          run<double>(s, stride == 2, dilation == 2);
        }
  // Rows of every length against the registers, and bands.
  for (std::int64_t width = 1; width < 70; width += 3)
    run<float>(
        convolution({1, 2, 5 + 2 * width, width}, {2, 1, 3, 3}, {.stride = {1 + width % 2, 1}, .padding = 1}),
        true, true);
}

TEST_CASE("conv2d of channels that meet few others takes kernels and results of every height") {
  for (const std::int64_t kernel : {1, 2, 3, 4, 5, 7})
    for (std::int64_t rows = 1; rows < 20; rows += kernel % 2 + 1)
      for (const std::int64_t dilation : {1, 2}) {
        const Conv2dShape s = convolution({2, 4, rows + dilation * (kernel - 1), 2 * rows + 2},
                                          {2, 2, kernel, 3}, {.padding = {0, 1}, .dilation = {dilation, 1}});
        run<float>(s, true, rows % 2 == 0);
        if (rows < 6) run<double>(s);
      }
  run<float>(convolution({5, 3, 75, 90}, {3, 1, 7, 7}, {.padding = 3}));  // bands
}

TEST_CASE("conv2d of single channels of small images has a lane for each channel") {
  for (const std::int64_t channels : {16, 48})
    for (const std::int64_t stride : {1, 2, 3})
      for (const std::int64_t padding : {0, 1, 5}) {
        const Conv2dShape s =
            convolution({channels == 16 ? 9 : 2, channels, 9, 5 + 7 * stride}, {channels, 1, 4, 3},
                        {.stride = stride, .padding = padding, .dilation = {1, 1 + padding % 2}});
        run<float>(s, padding == 1, stride == 2);
        run<double>(s, padding == 1, stride == 2);
      }
  // Rows of every length against the tiles and the squares.
  for (std::int64_t width = 1; width < 40; ++width)
    run<float>(convolution({1, 16, 6, width}, {16, 1, 3, 3}, {.stride = {1 + width % 2, 1}, .padding = 1}),
               true, true);
}

TEST_CASE("conv2d of many images with few channels has a lane for each image") {
  for (const std::int64_t images : {13, 16, 29, 100})
    for (const std::int64_t stride : {1, 2})
      for (const std::int64_t padding : {0, 1, 3}) {
        const Conv2dShape s = convolution({images, 6, 9, 11}, {20, 3, 4, 3},
                                          {.stride = stride, .padding = padding, .dilation = {1, 2}});
        run<float>(s, padding == 1, stride == 2);
        run<double>(s, padding == 1, stride == 2);
      }
  run<float>(convolution({32, 1, 28, 28}, {6, 1, 5, 5}));
}

TEST_CASE("conv2d works through many channels and large images in blocks") {
  run<float>(convolution({1, 130, 6, 7}, {17, 130, 3, 3}, {.padding = 1}), true, true);
  run<float>(convolution({2, 3, 90, 81}, {4, 3, 5, 5}, {.padding = 2}), true);
  run<float>(convolution({1, 140, 21, 40}, {2, 140, 3, 3}, {.stride = 2, .padding = 1}));
  run<float>(convolution({1, 70, 20, 20}, {50, 70, 1, 1}), true);
}

TEST_CASE("conv2d takes large kernels of few channels: all blocks of the weight's gradient have channels") {
  struct Kernel {
    std::int64_t height, width, in, out = 3, padding = 0;
  };
  for (const Kernel kernel :
       {Kernel{7, 7, 11}, Kernel{6, 6, 15}, Kernel{11, 11, 5}, Kernel{15, 15, 3}, Kernel{1, 33, 16},
        Kernel{7, 7, 32, 32, 3}, Kernel{7, 7, 40}, Kernel{10, 10, 8, 1}}) {
    for (const std::int64_t stride : {1, 2}) {
      const Conv2dShape s = convolution({2, kernel.in, kernel.height == 1 ? 3 : 17, kernel.width + 3},
                                        {kernel.out, kernel.in, kernel.height, kernel.width},
                                        {.stride = stride, .padding = kernel.padding});
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
        run<float>(
            convolution({5, 8, 13, 15}, {14, 8 / groups, 3, 3}, {.padding = padding, .dilation = dilation}),
            padding == 1, dilation == 2);
  // Rows of every length against the registers, and kernels of every shape.
  for (std::int64_t width = 7; width < 40; ++width)
    run<float>(convolution({520 / (5 * width) + 1, 17, 5, width}, {17, 17, 2 + width % 3, 2 + width % 2},
                           {.padding = {1, width % 3}}),
               true, true);
  // More channels than one window takes, more rows of the weight than one block; bands of rows.
  run<double>(convolution({2, 60, 16, 17}, {200, 60, 3, 3}, {.padding = 1}), true, true);
  run<float>(convolution({1, 33, 40, 50}, {5, 33, 3, 3}, {.padding = 1}), true, true);
}

TEST_CASE("small images with many channels share a product") {
  const auto shape = [](std::int64_t images, std::int64_t in, std::int64_t size, std::int64_t out,
                        std::int64_t kernel, std::int64_t stride, std::int64_t groups) {
    return convolution({images, in, size, size + 1}, {out, in / groups, kernel, kernel},
                       {.stride = stride, .padding = kernel / 2});
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
    return convolution({images, in, height, width}, {out, in / groups, 3, 3}, {.padding = padding});
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
  run<float>(convolution({1, 1, 1, 1}, {1, 1, 5, 5}, {.padding = 4}));
  run<double>(convolution({1, 1, 2, 2}, {2, 1, 2, 2}, {.stride = {5, 7}, .padding = {6, 9}}));
  run<float>(convolution({0, 2, 5, 5}, {3, 2, 3, 3}));
}

TEST_CASE("conv2d gives the same bits for any number of threads") {
  const int threads = num_threads();
  const Conv2dShape shapes[] = {
      convolution({33, 32, 14, 13}, {32, 1, 3, 3}, {.padding = 1}),
      convolution({21, 5, 14, 13}, {18, 5, 3, 3}, {.padding = 1}),
      convolution({1, 64, 40, 40}, {16, 64, 5, 5}, {.stride = 2}),
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
  Conv2dShape s = convolution({2, 2, 11, 10}, {4, 2 / groups, 3, 3}, {.padding = 1});
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
