// Pictures: values as pixels, grids, text.
#include <limits>

#include <catch.h>

#include <taper/taper.h>
#include <taper/train/picture.h>

using namespace taper;
using training::make_grid;
using training::picture;

namespace {

std::vector<int> numbers(const Tensor& pixels) {
  std::vector<int> result;
  for (const std::uint8_t each : pixels.to_vector<std::uint8_t>()) result.push_back(each);
  return result;
}

}  // namespace

TEST_CASE("picture: values from the smallest to the largest") {
  const Tensor values = tensor({{-1, 0}, {1, 3}}, float32), pixels = picture(values);
  CHECK(pixels.shape() == Shape{1, 2, 2});
  CHECK(numbers(pixels) == std::vector<int>{0, 64, 128, 255});
  CHECK(numbers(picture(values, {.low = 0, .high = 2})) == std::vector<int>{0, 0, 128, 255});
  CHECK(numbers(picture(values, {.high = 1})) == std::vector<int>{0, 128, 255, 255});
  CHECK(numbers(picture(values, {.low = 3, .high = -1})) == std::vector<int>{128, 128, 128, 128});
  CHECK(numbers(picture(transpose(values, 0, 1))) == std::vector<int>{0, 128, 64, 255});
  CHECK(numbers(picture(to(values, float16))) == std::vector<int>{0, 64, 128, 255});
  CHECK(numbers(picture(full({1, 1, 2}, 7))) == std::vector<int>{128, 128});

  const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
  CHECK(numbers(picture(tensor({{nan, -infinity, infinity, 1, 2, 3}}))) ==
        std::vector<int>{0, 0, 255, 0, 128, 255});
  CHECK(numbers(picture(full({1, 1}, nan))) == std::vector<int>{0});
}

TEST_CASE("picture: bytes are pixels already") {
  const Tensor bytes = tensor({{10, 20}, {30, 40}}, uint8);
  CHECK(numbers(picture(bytes)) == std::vector<int>{10, 20, 30, 40});
  CHECK(numbers(picture(bytes, {.low = 10, .high = 40})) == std::vector<int>{0, 85, 170, 255});
  CHECK(picture(zeros({3, 5, 4}, uint8)).shape() == Shape{3, 5, 4});
}

TEST_CASE("picture: errors") {
  CHECK_THROWS_AS(picture(zeros({4})), ShapeError);
  CHECK_THROWS_AS(picture(zeros({5, 2, 2})), ShapeError);
  CHECK_THROWS_AS(picture(zeros({0, 2, 2})), ShapeError);
  CHECK_THROWS_WITH(picture(zeros({2, 0})), ContainsSubstring("picture: expected [height, width]"));
  CHECK_THROWS_AS(picture({}), ValueError);
}

TEST_CASE("make_grid: images side by side") {
  const Tensor images = reshape(arange(1, 7, 1, uint8), {3, 1, 1, 2});
  const Tensor grid = make_grid(images, {.images_per_row = 2, .padding = 1, .pad_value = 9});
  CHECK(grid.shape() == Shape{1, 5, 7});
  CHECK(numbers(grid) == std::vector<int>{9, 9, 9, 9, 9, 9, 9,  //
                                          9, 1, 2, 9, 3, 4, 9,  //
                                          9, 9, 9, 9, 9, 9, 9,  //
                                          9, 5, 6, 9, 9, 9, 9,  //
                                          9, 9, 9, 9, 9, 9, 9});
  CHECK(numbers(make_grid(reshape(images, {3, 1, 2}), {.padding = 0})) == std::vector<int>{1, 2, 3, 4, 5, 6});
  // torchvision.utils.make_grid of 10 images of 28 x 28.
  CHECK(make_grid(zeros({10, 3, 28, 28})).shape() == Shape{3, 62, 242});
  CHECK(make_grid(zeros({1, 3, 28, 28})).shape() == Shape{3, 28, 28});
  CHECK_THROWS_AS(make_grid(zeros({2, 2})), ShapeError);
  CHECK_THROWS_AS(make_grid(zeros({0, 1, 2, 2})), ShapeError);
  CHECK_THROWS_AS(make_grid(images, {.images_per_row = 0}), ValueError);
  CHECK_THROWS_AS(make_grid(images, {.padding = -1}), ValueError);
}

TEST_CASE("text_pictures: two rows of pixels in a line") {
  const Tensor pixels = tensor({{255, 255, 0, 0}, {255, 0, 255, 0}, {0, 97, 96, 0}}, uint8);
  CHECK(training::text_pictures({{pixels, "ab"}, {pixels, "c"}}) ==
        "  █▀▄   █▀▄ \n   ▀     ▀  \n  ab    c   \n");
  CHECK(training::text_pictures({{pixels, "abc"}}, 1) == "   ▀\n  ab\n" + std::string());
  CHECK(training::text_pictures({}).empty());
  CHECK_THROWS_AS(training::text_pictures({{zeros({2, 2}), ""}}), DTypeError);
  CHECK_THROWS_AS(training::text_pictures({{pixels, ""}, {zeros({1, 2}, uint8), ""}}), ShapeError);
}
