// Resizing: refusals, and properties that PyTorch's values do not show.
#include <limits>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/random.h>

using namespace taper;

TEST_CASE("resizing says what it expects") {
  constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  const Tensor image = zeros({1, 2, 3, 4});
  CHECK_THROWS_WITH(interpolate(zeros({2, 3}), {.size = 2}),
                    "interpolate: expected [N, C, L], [N, C, H, W] or [N, C, D, H, W], got shape [2, 3]");
  CHECK_THROWS_WITH(interpolate(image, {}), "interpolate: expected either a size or factors");
  CHECK_THROWS_AS(interpolate(image, {.size = 2, .scale_factor = 2}), ValueError);
  CHECK_THROWS_WITH(interpolate(image, {.size = {2, 2, 2}}),
                    "interpolate: expected a size of 1 or 2 extents, got [2, 2, 2]");
  CHECK_THROWS_WITH(interpolate(image, {.scale_factor = {1, 2, 3}}),
                    "interpolate: expected 1 or 2 factors, got 3");
  CHECK_THROWS_AS(interpolate(image, {.scale_factor = {1, 2, 3, 4}}), ValueError);
  CHECK_THROWS_WITH(interpolate(image, {.size = 2, .align_corners = true}),
                    "interpolate: align_corners is for linear and cubic modes");
  for (const double factor : {0., -1., 0.1, 1e300, std::numeric_limits<double>::quiet_NaN(),
                              std::numeric_limits<double>::infinity()})
    CHECK_THROWS_AS(interpolate(image, {.scale_factor = factor}), ValueError);
  for (const std::int64_t size : {huge, -huge - 1, std::int64_t{0}})
    CHECK_THROWS_AS(interpolate(image, {.size = size}), ValueError);
  CHECK_THROWS_AS(interpolate(zeros({1, 1, 0}), {.size = 2}), ValueError);
  CHECK_THROWS_AS(interpolate(zeros({1, 1, 3}, int64), {.size = 2, .mode = Resampling::linear}), DTypeError);

  CHECK_THROWS_WITH(pixel_shuffle(image, 2),
                    "pixel_shuffle: expected channels that 4 divides, got shape [1, 2, 3, 4]");
  CHECK_THROWS_WITH(pixel_unshuffle(image, 2),
                    "pixel_unshuffle: expected images whose extents 2 divides, got shape [1, 2, 3, 4]");
  CHECK_THROWS_WITH(channel_shuffle(image, 3),
                    "channel_shuffle: expected [N, C, ...] with C a multiple of 3, got shape [1, 2, 3, 4]");
  for (const std::int64_t n : {huge, -huge - 1, std::int64_t{0}}) {
    CHECK_THROWS_AS(pixel_shuffle(image, n), ValueError);
    CHECK_THROWS_AS(pixel_unshuffle(image, n), ValueError);
    CHECK_THROWS_AS(channel_shuffle(image, n), ValueError);
  }
  CHECK_THROWS_WITH(grid_sample(image, zeros({2, 1, 1, 2})),
                    "grid_sample: expected x [N, C, H, W] and a grid [N, H', W', 2], got [1, 2, 3, 4] and "
                    "[2, 1, 1, 2]");
  CHECK_THROWS_AS(grid_sample(image, zeros({1, 1, 1, 2}), {.mode = Resampling::area}), ValueError);
  CHECK_THROWS_AS(grid_sample(image, zeros({1, 1, 1, 2}, float64)), DTypeError);
  CHECK_THROWS_AS(affine_grid(zeros({1, 2, 3}), {2, 1, 3, 3}), ShapeError);
  CHECK_THROWS_AS(affine_grid(zeros({1, 2, 3}), {1, 1, huge, 3}), ValueError);
}

TEST_CASE("resizing undone, integers and places that are no numbers") {
  Generator generator(8);
  const Tensor x = uniform({2, 8, 4, 6}, -1, 1, float64, generator);
  const std::vector<double> elements = x.to_vector<double>();
  CHECK(pixel_unshuffle(pixel_shuffle(x, 2), 2).to_vector<double>() == elements);
  CHECK(channel_shuffle(channel_shuffle(x, 2), 4).to_vector<double>() == elements);
  CHECK(interpolate(interpolate(x, {.scale_factor = 2}), {.size = {4, 6}}).to_vector<double>() == elements);
  CHECK(interpolate(tensor({{{1, 2}}}), {.size = 4}).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{1, 1, 2, 2});
  const Tensor theta = tensor({{{1, 0, 0}, {0, 1, 0}}, {{1, 0, 0}, {0, 1, 0}}}, float64);
  const Tensor same = grid_sample(x, affine_grid(theta, {2, 8, 4, 6}));
  CHECK(max(abs(same - x)).item<double>() < 1e-12);
  const double none = std::numeric_limits<double>::quiet_NaN(), far = std::numeric_limits<double>::infinity();
  const Tensor lost =
      grid_sample(ones({1, 1, 2, 2}, float64), from_data({none, 0., far, 0., -far, far}, {1, 1, 3, 2}));
  CHECK(lost.shape() == Shape{1, 1, 1, 3});
}

TEST_CASE("resized rows are the same from any number of threads") {
  Generator generator(2);
  const Tensor x = uniform({3, 5, 64, 70}, -1, 1, float32, generator);
  const InterpolateOptions options{.size = {150, 33}, .mode = Resampling::bicubic};
  const int threads = num_threads();
  set_num_threads(1);
  const std::vector<float> alone = interpolate(x, options).to_vector<float>();
  set_num_threads(5);
  CHECK(interpolate(x, options).to_vector<float>() == alone);
  set_num_threads(threads);
}
