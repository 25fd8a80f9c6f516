// Layers of windows and borders: options that are refused, by name, and short ways to make them.
#include <limits>

#include <catch.h>

#include <taper/nn/nn.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

TEST_CASE("layers of windows refuse options by name") {
  CHECK_THROWS_WITH(nn::Conv1d(2, 3, 0), "Conv1d: kernel_size must be at least 1, got 0");
  CHECK_THROWS_WITH(nn::Conv3d(2, 4, 1, {.groups = 3}),
                    "Conv3d: groups must divide in_channels 2 and out_channels 4, got 3");
  CHECK_THROWS_WITH(nn::ConvTranspose2d(2, 4, 1, {.output_padding = {0, -1}}),
                    "ConvTranspose2d: output_padding must be at least 0, got -1");
  CHECK_THROWS_WITH(nn::MaxPool1d({.dilation = 0}), "MaxPool1d: dilation must be at least 1, got 0");
  CHECK_THROWS_WITH(nn::AvgPool3d({.padding = {0, 2, 0}}),
                    "AvgPool3d: padding must be at most half of kernel_size, got 0 x 2 x 0 for 2 x 2 x 2");
  CHECK_THROWS_WITH(nn::LPPool2d(2, 0), "LPPool2d: kernel_size must be at least 1, got 0");
  CHECK_THROWS_WITH(nn::AdaptiveAvgPool2d({3, 0}),
                    "AdaptiveAvgPool2d: output_size must be at least 1, got 0");
  CHECK_THROWS_WITH(nn::ReflectionPad2d({{1, 1}}), "ReflectionPad2d: expected widths of 2 axes, got of 1");
  CHECK_THROWS_WITH(nn::ZeroPad1d(-1), "ZeroPad1d: widths must be at least 0, got -1");
  for (const std::int64_t n : {std::numeric_limits<std::int64_t>::max(), std::int64_t{-5}}) {
    CHECK_THROWS_AS(nn::MaxPool2d({.kernel_size = n, .padding = 1}), ValueError);
    CHECK_THROWS_AS(nn::MaxPool2d({.dilation = n}), ValueError);
    CHECK_THROWS_AS(nn::ConvTranspose1d(1, 1, 2, {.stride = n})(zeros({1, 1, 4})), ValueError);
  }
  CHECK_THROWS_WITH(
      nn::Sequential(nn::Conv1d(4, 8, 3))(zeros({2, 5, 10})),
      "0 (Conv1d): conv1d: expected x of shape [N, 4, L] to fit weight [8, 4, 3], got [2, 5, 10]");
}

TEST_CASE("short ways to make layers of windows") {
  const Tensor image = zeros({1, 2, 6, 6});
  CHECK(nn::MaxPool2d(3, 1)(image).shape() == Shape{1, 2, 4, 4});
  CHECK(nn::AvgPool2d(2)(image).shape() == Shape{1, 2, 3, 3});
  CHECK(nn::LPPool2d(2, {.kernel_size = 2, .stride = 1})(image).shape() == Shape{1, 2, 5, 5});
  CHECK(nn::Conv2d(2, 4, 3, {.padding = Padding::same})(image).shape() == Shape{1, 4, 6, 6});
  CHECK(nn::ConvTranspose2d(2, 1, 2, {.stride = 2})(image).shape() == Shape{1, 1, 12, 12});
  CHECK(nn::Upsample({.scale_factor = 1.5})(image).shape() == Shape{1, 2, 9, 9});
  CHECK(nn::ConstantPad2d(1, 2)(image).shape() == Shape{1, 2, 8, 8});
  const auto [values, indices] = max_pool2d_with_indices(image);
  CHECK(nn::MaxUnpool2d(2)(values, indices).shape() == image.shape());
  CHECK(nn::Conv2d(2, 4, 3, {.groups = 2}).named_parameters()[0].second.shape() == Shape{4, 1, 3, 3});
  CHECK(nn::ConvTranspose1d(4, 6, 3, {.groups = 2}).named_parameters()[0].second.shape() == Shape{4, 3, 3});
}
