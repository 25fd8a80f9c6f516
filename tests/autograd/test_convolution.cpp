// Convolutions of one and three axes, transposed ones and their paddings: refusals, ends of options.
#include <limits>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE("convolutions say what they expect") {
  const Tensor x = zeros({2, 5, 10}), weight = zeros({8, 4, 3});
  CHECK_THROWS_WITH(conv1d(x, weight),
                    "conv1d: expected x of shape [N, 4, L] to fit weight [8, 4, 3], got [2, 5, 10]");
  CHECK_THROWS_WITH(
      conv1d(x, weight, {}, {.groups = 2}),
      "conv1d: expected x of shape [N, 8, L] to fit weight [8, 4, 3] and groups 2, got [2, 5, 10]");
  CHECK_THROWS_WITH(conv1d(x, weight, {}, {.groups = 3}),
                    "conv1d: expected a weight [O, C / groups, k] with O a multiple of groups, got [8, 4, 3] "
                    "and groups 3");
  CHECK_THROWS_WITH(conv3d(x, weight),
                    "conv3d: expected a weight [O, C / groups, kd, kh, kw] with O a multiple of groups, got "
                    "[8, 4, 3] and groups 1");
  CHECK_THROWS_WITH(conv1d(zeros({2, 4, 10}), weight, zeros(4)),
                    "conv1d: expected a bias [8] to fit weight [8, 4, 3], got [4]");
  CHECK_THROWS_WITH(
      conv_transpose1d(x, weight),
      "conv_transpose1d: expected x of shape [N, 8, L] to fit weight [8, 4, 3], got [2, 5, 10]");
  CHECK_THROWS_WITH(
      conv_transpose1d(zeros({2, 8, 10}), weight, {}, {.stride = 2, .output_padding = 2}),
      "conv_transpose1d: output_padding must be less than stride or dilation, got 2 for 2 and 1");
  CHECK_THROWS_WITH(conv1d(zeros({2, 4, 2}), weight),
                    "conv1d: a window of 3 does not fit into an image of 2 with a padding of 0 on each side");
  CHECK_THROWS_WITH(conv1d(zeros({2, 4, 3}), weight, {}, {.padding = 3, .padding_mode = PadMode::reflect}),
                    "conv1d: expected widths from 0 to 2 for axis 2 with extent 3, got 3 and 3");
  CHECK_THROWS_WITH(conv1d({}, weight),
                    "conv1d: the tensor is undefined: default-constructed and never "
                    "assigned");
  CHECK_THROWS_AS(conv1d(zeros({2, 4, 9}, int64), weight), DTypeError);
  CHECK_THROWS_AS(conv1d(zeros({2, 4, 9}, float64), weight), DTypeError);
  CHECK_THROWS_AS(conv_transpose1d(zeros({2, 8, 0}), weight), ShapeError);
  CHECK_THROWS_AS(conv_transpose1d(zeros({2, 8, 1}), weight, {}, {.padding = 2}), ShapeError);
  CHECK_THROWS_AS(conv3d(zeros({1, 1, 1, 2, 2}), zeros({1, 1, 2, 2, 2})), ShapeError);
  CHECK_THROWS_WITH(conv3d(zeros({1, 1, 3, 3, 3}), zeros({1, 1, 2, 2, 2}), {}, {.max_pool = {2, 2, 3}}),
                    "conv3d: max_pool 2 x 2 x 3 does not fit into a result of shape [1, 1, 2, 2, 2]");
  CHECK_THROWS_AS(conv2d(zeros({1, 2, 4, 4}), zeros({1, 1, 2, 2}), {}, {.padding = Padding::same}),
                  ShapeError);
}

TEST_CASE("extreme options of convolutions are refused") {
  const Tensor line = zeros({1, 1, 4}), volume = zeros({1, 1, 4, 4, 4}), taps = zeros({1, 1, 2}),
               block = zeros({1, 1, 2, 2, 2});
  for (const std::int64_t n : {huge, -huge - 1, std::int64_t{-1}}) {
    CHECK_THROWS_AS(conv1d(line, taps, {}, {.stride = n}), ValueError);
    CHECK_THROWS_AS(conv1d(line, taps, {}, {.padding = n}), ValueError);
    CHECK_THROWS_AS(conv3d(volume, block, {}, {.dilation = n}), ValueError);
    CHECK_THROWS_AS(conv3d(volume, block, {}, {.groups = n}), ValueError);
    CHECK_THROWS_AS(conv_transpose1d(line, taps, {}, {.output_padding = n}), ValueError);
    CHECK_THROWS_AS(conv_transpose3d(volume, block, {}, {.stride = n}), ValueError);
  }
  constexpr std::int64_t most = compute::largest_extent;
  CHECK_THROWS_AS(conv1d(line, taps, {}, {.padding = Padding::same, .dilation = most}), Error);
  CHECK_THROWS_AS(conv_transpose1d(line, taps, {}, {.stride = most}), ShapeError);
  CHECK_THROWS_AS(conv_transpose1d(line, taps, {}, {.padding = most}), ShapeError);
  CHECK(conv1d(line, taps, {}, {.stride = most}).shape() == Shape{1, 1, 1});
  CHECK(conv3d(volume, block, {}, {.stride = most}).shape() == Shape{1, 1, 1, 1, 1});
}

TEST_CASE("paddings with names keep extents, and transposed convolutions undo strides") {
  const Tensor x = ones({1, 1, 7}), weight = ones({1, 1, 4});
  CHECK(conv1d(x, weight, {}, {.padding = Padding::same}).shape() == x.shape());
  CHECK(conv1d(x, weight, {}, {.stride = 3, .padding = Padding::same}).shape() == Shape{1, 1, 3});
  CHECK(conv1d(x, weight, {}, {.padding = Padding::valid}).shape() == Shape{1, 1, 4});
  CHECK(conv1d(zeros({0, 1, 7}), weight).shape() == Shape{0, 1, 4});
  CHECK(conv_transpose1d(zeros({0, 1, 7}), weight).shape() == Shape{0, 1, 10});
  CHECK(conv_transpose1d(ones({1, 1, 2}), weight, {}, {.stride = 2}).to_vector<float>() ==
        std::vector<float>{1, 1, 2, 2, 1, 1});
}
