// Pooling: refusals, and all combinations of options against windows one by one.
#include <algorithm>
#include <cmath>
#include <limits>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/random.h>

using namespace taper;

namespace {

constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();

// What a window along one axis has, by the definition of torch.nn.MaxPool1d and AvgPool1d.
struct Wanted {
  std::vector<double> largest, means;
  std::vector<std::int64_t> places;
};
Wanted pooled(const std::vector<double>& x, const Pool1dOptions& options) {
  const std::int64_t extent = static_cast<std::int64_t>(x.size()), size = options.kernel_size.length,
                     step = options.stride.length, padding = options.padding.length,
                     apart = options.dilation.length;
  Wanted result;
  for (std::int64_t begin = -padding; begin < extent; begin += step) {
    const std::int64_t end = begin + apart * (size - 1) + 1;
    if (!options.ceil_mode && end > extent + padding) break;
    if (options.ceil_mode && end - step >= extent + padding) break;  // the last one reached the end already
    double best = -std::numeric_limits<double>::infinity(), sum = 0;
    std::int64_t place = -1, inside = 0;
    for (std::int64_t i = begin; i < end; i += apart) {
      if (i < 0 || i >= extent) continue;
      const double value = x[static_cast<std::size_t>(i)];
      if (value > best) {
        best = value;
        place = i;
      }
      sum += value;
      ++inside;
    }
    result.largest.push_back(best);
    result.places.push_back(place);
    const std::int64_t count = options.count_include_pad ? std::min(end, extent + padding) - begin : inside;
    result.means.push_back(sum / static_cast<double>(count));
  }
  return result;
}

bool near(const Tensor& given, const std::vector<double>& wanted) {
  const std::vector<double> values = given.to_vector<double>();
  return values.size() == wanted.size() &&
         std::equal(values.begin(), values.end(), wanted.begin(),
                    [](double a, double b) { return std::abs(a - b) < 1e-12; });
}

}  // namespace

TEST_CASE("pooling with all options has what its windows have") {
  Generator generator(3);
  int checked = 0;
  for (const std::int64_t extent : {1, 2, 5, 9, 22})
    for (const std::int64_t size : {1, 2, 3})
      for (const std::int64_t step : {1, 2, 3})
        for (const std::int64_t apart : {1, 2})
          for (std::int64_t padding = 0; padding <= size / 2; ++padding)
            for (const bool ceil : {false, true}) {
              const Pool1dOptions options{.kernel_size = size,
                                          .stride = step,
                                          .padding = padding,
                                          .dilation = apart,
                                          .ceil_mode = ceil,
                                          .count_include_pad = step != 2};
              const Tensor x = uniform({1, 1, extent}, -2, 2, float64, generator);
              const Wanted wanted = pooled(x.to_vector<double>(), options);
              if (std::count(wanted.places.begin(), wanted.places.end(), -1) > 0) continue;
              INFO(extent << ", " << size << " every " << step << ", " << apart << " apart, padding "
                          << padding);
              if (wanted.largest.empty()) {
                CHECK_THROWS_AS(max_pool1d(x, options), ShapeError);
                continue;
              }
              ++checked;
              const auto [values, places] = max_pool1d_with_indices(x, options);
              CHECK(near(values, wanted.largest));
              CHECK(places.to_vector<std::int64_t>() == wanted.places);
              if (apart == 1) CHECK(near(avg_pool1d(x, options), wanted.means));
              // Columns are rows of another shape.
              const Extent2d tall(size, 1), steps(step, 1), border(padding, 0), between(apart, 1);
              const Pool2dOptions down{tall, steps, border, between, ceil, step != 2};
              const Tensor column = reshape(x, {1, 1, extent, 1});
              CHECK(near(max_pool2d(column, down), wanted.largest));
              if (apart == 1) CHECK(near(avg_pool2d(column, down), wanted.means));
            }
  CHECK(checked > 100);
}

TEST_CASE("pooling says what it expects") {
  const Tensor line = zeros({1, 2, 5}), image = zeros({1, 2, 4, 4}), volume = zeros({1, 1, 3, 3, 3});
  CHECK_THROWS_WITH(max_pool1d(image), "max_pool1d: expected sequences [N, C, L], got shape [1, 2, 4, 4]");
  CHECK_THROWS_WITH(avg_pool3d(image),
                    "avg_pool3d: expected volumes [N, C, D, H, W], got shape [1, 2, 4, 4]");
  CHECK_THROWS_WITH(max_pool3d(volume, {.padding = {0, 2, 0}}),
                    "max_pool3d: padding must be at most half of kernel_size, got 0 x 2 x 0 for 2 x 2 x 2");
  CHECK_THROWS_WITH(avg_pool1d(line, {.dilation = 2}), "avg_pool1d: dilation is for max pooling, got 2");
  CHECK_THROWS_WITH(max_pool1d(line, {.divisor_override = 2}), "max_pool1d: divisor_override is for means");
  CHECK_THROWS_WITH(max_pool2d(zeros({1, 1, 0, 4}), {.padding = 1}),
                    "max_pool2d: expected images of one pixel or more, got [1, 1, 0, 4]");
  CHECK_THROWS_WITH(
      max_pool1d(zeros({1, 1, 1}), {.kernel_size = 2, .padding = 1, .dilation = 4}),
      "max_pool1d: a window of 5 does not fit into an image of 1 with a padding of 1 on each side");
  CHECK_THROWS_WITH(max_pool1d(zeros({1, 1, 1}), {.kernel_size = 2, .padding = 2, .dilation = 4}),
                    "max_pool1d: expected windows with an element of the axis, got window 0 of 2 elements 4 "
                    "apart beside an extent of 1");
  CHECK_THROWS_WITH(
      adaptive_max_pool2d(image, {0, 1}),
      "adaptive_max_pool2d: the result's extents must be at least 1 and at most 2147483647, got "
      "0 x 1");
  CHECK_THROWS_AS(adaptive_avg_pool2d(image, huge), ValueError);
  CHECK_THROWS_AS(adaptive_avg_pool2d(zeros({1, 1, 0, 2}), 1), ValueError);
  CHECK_THROWS_AS(global_avg_pool(zeros({2, 2})), ShapeError);
  CHECK_THROWS_AS(lp_pool1d(zeros({1, 1, 4}, int64), 2), DTypeError);
  CHECK_THROWS_WITH(max_unpool1d(line, zeros({1, 2, 4}, int64)),
                    "max_unpool1d: expected indices of shape [1, 2, 5], got [1, 2, 4]");
  CHECK_THROWS_AS(max_unpool1d(line, full({1, 2, 5}, 10, int64)), IndexError);
  CHECK_THROWS_AS(max_unpool1d(line, zeros({1, 2, 5})), DTypeError);
  CHECK_THROWS_AS(max_unpool1d(line, zeros({1, 2, 5}, int64), {}, {3, 3}), ValueError);
  for (const std::int64_t n : {huge, -huge - 1, std::int64_t{-1}}) {
    CHECK_THROWS_AS(max_pool1d(line, {.kernel_size = n}), ValueError);
    CHECK_THROWS_AS(max_pool3d(volume, {.dilation = n}), ValueError);
    CHECK_THROWS_AS(avg_pool3d(volume, {.divisor_override = n}), ValueError);
    CHECK_THROWS_AS(max_unpool1d(line, zeros({1, 2, 5}, int64), {.stride = n}), ValueError);
    CHECK_THROWS_AS(max_unpool1d(line, zeros({1, 2, 5}, int64), {}, n), ValueError);
  }
}

TEST_CASE("unpooling puts the largest elements where they were") {
  Generator generator(5);
  const Tensor x = uniform({2, 3, 4, 6}, 0, 1, float64, generator);
  const auto [values, places] = max_pool2d_with_indices(x);
  const Tensor back = max_unpool2d(values, places);
  CHECK(back.shape() == x.shape());
  CHECK(max_pool2d(back).to_vector<double>() == values.to_vector<double>());
  CHECK(sum(back).item<double>() == Approx(sum(values).item<double>()));
  CHECK(max_unpool2d(zeros({0, 1, 2, 2}), zeros({0, 1, 2, 2}, int64)).shape() == Shape{0, 1, 4, 4});
}
