// Convolution and pooling on tensors: options that are extreme.
#include <limits>
#include <string>
#include <vector>

#include <catch.h>

#include <taper/tensor/convolution.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>

using namespace taper;

namespace {

constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();

Tensor run(const Shape& x, const Shape& weight, const Conv2dOptions& options) {
  Generator generator(1);
  const Tensor image = uniform(x, -1, 1, float32, generator);
  return compute::conv2d("conv2d", image, uniform(weight, -1, 1, float32, generator), nullptr, options)
      .values;
}

std::vector<float> elements(const Tensor& x) { return {x.data<float>(), x.data<float>() + x.numel()}; }

}  // namespace

TEST_CASE("extreme options of a convolution are refused, by what they are") {
  const Shape x{2, 4, 5, 5}, weight{4, 4, 3, 3};
  const std::int64_t wraps = (std::int64_t{1} << 62) + 1;  // times 4 is 4
  for (const std::int64_t groups : {huge, wraps})
    CHECK_THROWS_WITH(run(x, weight, {.groups = groups}),
                      ContainsSubstring("conv2d: expected a weight [O, 4 / groups, kh, kw]"));
  CHECK_THROWS_WITH(run(x, weight, {.groups = 3}), ContainsSubstring("with groups 3 wants 12"));
  CHECK_THROWS_WITH(run({2, 12, 5, 5}, weight, {.groups = 3}),
                    ContainsSubstring("conv2d: expected a weight [O, 12 / groups, kh, kw]"));
  for (const std::int64_t groups : {-huge - 1, std::int64_t{0}})
    CHECK_THROWS_WITH(run(x, weight, {.groups = groups}), ContainsSubstring("groups must be at least 1"));
  for (const Extent2d& extent :
       {Extent2d{huge, 1}, Extent2d{1, huge}, Extent2d{1, std::int64_t{1} << 31}, Extent2d{-huge - 1, 1}}) {
    CHECK_THROWS_WITH(run(x, weight, {.stride = extent}), ContainsSubstring("conv2d: stride must be"));
    CHECK_THROWS_WITH(run(x, weight, {.padding = extent}), ContainsSubstring("conv2d: padding must be"));
    CHECK_THROWS_WITH(run(x, weight, {.dilation = extent}), ContainsSubstring("conv2d: dilation must be"));
    CHECK_THROWS_WITH(run(x, weight, {.max_pool = extent}), ContainsSubstring("conv2d: max_pool must be"));
  }
  constexpr std::int64_t large = std::numeric_limits<std::int32_t>::max();
  CHECK_THROWS_AS(run(x, weight, {.dilation = large}), ShapeError);  // does not fit
  CHECK_THROWS_WITH(run(x, weight, {.stride = large, .padding = large}),
                    ContainsSubstring("fewer than 2^31 pixels, including padding"));
  CHECK_THROWS_WITH(run(x, weight, {.stride = large, .padding = 30000, .dilation = 20000}),
                    ContainsSubstring("fewer than 2^31 pixels, including padding"));
  CHECK_THROWS_WITH(run({0, 4, 60000, 60000}, weight, {}), ContainsSubstring("fewer than 2^31 pixels"));
}

TEST_CASE("a stride beyond the image leaves one place, however large it is") {
  const Shape x{2, 4, 5, 7}, weight{4, 4, 3, 3};
  for (const std::int64_t padding : {0, 1}) {
    const Conv2dOptions options{.stride = 7, .padding = padding};
    Conv2dOptions extreme = options;
    extreme.stride = std::numeric_limits<std::int32_t>::max();
    const Tensor y = run(x, weight, options);
    CHECK(elements(run(x, weight, extreme)) == elements(y));
    Generator generator(2);
    const Tensor g = uniform(y.shape(), -1, 1, float32, generator),
                 image = uniform(x, -1, 1, float32, generator);
    const Tensor filter = uniform(weight, -1, 1, float32, generator);
    CHECK(elements(compute::conv2d_input_gradient(g, filter, x, extreme)) ==
          elements(compute::conv2d_input_gradient(g, filter, x, options)));
    CHECK(elements(compute::conv2d_weight_gradient(image, g, weight, extreme)) ==
          elements(compute::conv2d_weight_gradient(image, g, weight, options)));
  }
}

TEST_CASE("extreme options of pooling are refused, by what they are") {
  const Tensor x = ones({2, 3, 5, 5});
  const auto refused = [&](const Pool2dOptions& options, const char* message) {
    CHECK_THROWS_WITH(compute::max_pool("max_pool2d", x, options), ContainsSubstring(message));
    CHECK_THROWS_WITH(compute::avg_pool("avg_pool2d", x, options), ContainsSubstring(message));
  };
  for (const Extent2d& extent : {Extent2d{huge, 1}, Extent2d{1, huge}, Extent2d{-huge - 1, 1}}) {
    refused({.kernel_size = extent}, "kernel_size must be");
    refused({.stride = extent}, "stride must be");
    refused({.padding = extent}, "padding must be");
  }
  refused({.kernel_size = std::numeric_limits<std::int32_t>::max()}, "does not fit");
  const Pool2dOptions once{.kernel_size = 2, .stride = std::numeric_limits<std::int32_t>::max()};
  CHECK(compute::max_pool("max_pool2d", x, once).values.shape() == Shape{2, 3, 1, 1});
  CHECK(elements(compute::avg_pool("avg_pool2d", x, once)) == std::vector<float>(6, 1.0f));
}
