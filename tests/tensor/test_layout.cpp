// Layouts against a brute-force model: the list of places of all elements.
#include <limits>
#include <set>

#include <catch.h>

#include "views.h"
#include <taper/tensor/error.h>
#include <taper/tensor/walk.h>

using namespace taper;

namespace {

std::vector<std::int64_t> places(const Layout& layout) {
  std::vector<std::int64_t> result;
  walk(layout, [&](std::int64_t i, std::int64_t place) {
    CHECK(i == static_cast<std::int64_t>(result.size()));
    result.push_back(place);
  });
  return result;
}

std::int64_t place_of(const Layout& layout, std::initializer_list<std::int64_t> index) {
  std::int64_t place = layout.offset;
  int axis = 0;
  for (const std::int64_t i : index) place += i * layout.strides[axis++];
  return place;
}

// The only strides that could express the places under this shape.
Layout guess(const Shape& shape, const std::vector<std::int64_t>& all) {
  Layout layout(shape);
  layout.offset = all.empty() ? 0 : all[0];
  if (all.empty()) return layout;
  const Strides dense = layout.strides;
  for (int i = 0; i < shape.rank(); ++i)
    if (shape[i] > 1) layout.strides[i] = all[static_cast<std::size_t>(dense[i])] - all[0];
  return layout;
}

std::vector<Shape> factorizations(std::int64_t numel) {
  std::vector<Shape> shapes;
  for (std::int64_t a = 1; a <= numel; ++a)
    for (std::int64_t b = 1; numel % a == 0 && b <= numel / a; ++b)
      if (numel / a % b == 0) shapes.push_back({a, b, numel / a / b});
  shapes.push_back({numel});
  shapes.push_back({1, numel, 1, 1});
  return shapes;
}

}  // namespace

TEST_CASE("shapes count from the end, and refuse what is outside") {
  Shape shape{2, 3, 5};
  for (const std::int64_t i : {0, 1, 2}) CHECK(shape[i] == shape[i - 3]);
  CHECK(shape[-1] == 5);
  CHECK(shape.back() == 5);
  shape[-2] = 4;
  CHECK(shape == Shape{2, 4, 5});
  constexpr std::int64_t wide = std::int64_t{1} << 32;  // 0 as a 32-bit integer
  const Shape& fixed = shape;
  for (const std::int64_t outside : {std::int64_t{3}, std::int64_t{-4}, std::int64_t{8}, wide, -wide,
                                     std::numeric_limits<std::int64_t>::min()}) {
    CHECK_THROWS_AS(shape[outside], IndexError);
    CHECK_THROWS_AS(fixed[outside], IndexError);
    CHECK_THROWS_AS(shape.erase(outside), IndexError);
    CHECK_THROWS_AS(shape.insert(outside == 3 ? 4 : outside, 1), IndexError);
  }
  CHECK(shape == Shape{2, 4, 5});
  CHECK_THROWS_WITH(shape[3], "Shape: index 3 is out of range for [2, 4, 5]: use -3 to 2");
  shape.insert(3, 7);
  shape.insert(0, 1);
  CHECK(shape == Shape{1, 2, 4, 5, 7});
  shape.erase(-2);
  shape.erase(0);
  CHECK(shape == Shape{2, 4, 7});
  Shape none;
  CHECK_THROWS_AS(none[0], IndexError);
  CHECK_THROWS_AS(none[-1], IndexError);
  CHECK_THROWS_AS(none.back(), IndexError);
  CHECK_THROWS_AS(none.erase(0), IndexError);
  CHECK(none.rank() == 0);
  CHECK_THROWS_AS(Shape::filled(-1, 2), ShapeError);
  CHECK_THROWS_AS(Shape::filled(9, 2), ShapeError);
}

TEST_CASE("a count of elements that 64 bits cannot hold is refused") {
  constexpr std::int64_t large = std::int64_t{1} << 40;
  CHECK(Shape({large, 8}).numel() == 8 * large);
  CHECK_THROWS_WITH(
      Shape({large, large}).numel(),
      "numel: the number of elements of shape [1099511627776, 1099511627776] does not fit into 64 bits");
}

TEST_CASE("views place their elements where they should") {
  const Layout x(Shape{2, 3, 4});
  CHECK(x.strides == Strides{12, 4, 1});
  const Layout permuted = x.permute("test", {2, 0, -2});
  CHECK(permuted.shape == Shape{4, 2, 3});
  CHECK(place_of(permuted, {3, 1, 2}) == place_of(x, {1, 2, 3}));
  CHECK(x.transpose("test", -1, 0).strides == Strides{1, 4, 12});
  const Layout cut = x.slice("test", 2, -3, 100, 2);
  CHECK(cut.shape == Shape{2, 3, 2});
  CHECK(place_of(cut, {1, 1, 1}) == place_of(x, {1, 1, 3}));
  CHECK(x.slice("test", 0, 5, 9).shape == Shape{0, 3, 4});
  CHECK(x.slice("test", 0, 1, 0).shape == Shape{0, 3, 4});
  CHECK(x.slice("test", 1, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
                std::numeric_limits<std::int64_t>::max())
            .shape == Shape{2, 1, 4});
  CHECK(place_of(x.select("test", 1, -1), {1, 3}) == place_of(x, {1, 2, 3}));
  const Layout row = Layout(Shape{3, 1}).expand("test", {2, 3, 5});
  CHECK(row.strides == Strides{0, 1, 0});
  CHECK(row.expand("test", row.shape).strides == row.strides);
  CHECK(Layout(Shape{}).expand("test", {2}).strides == Strides{0});
  CHECK(x.unsqueeze("test", 1).shape == Shape{2, 1, 3, 4});
  CHECK(x.unsqueeze("test", -1).shape == Shape{2, 3, 4, 1});
  CHECK(x.unsqueeze("test", 0).squeeze("test", 0).shape == x.shape);
}

TEST_CASE("slices are NumPy's, for every start and stop") {
  for (std::int64_t extent = 0; extent <= 4; ++extent)
    for (std::int64_t start = -6; start <= 6; ++start)
      for (std::int64_t stop = -6; stop <= 6; ++stop)
        for (std::int64_t step = 1; step <= 3; ++step) {
          std::vector<std::int64_t> expected;  // Python's rule, written out
          std::int64_t from = start < 0 ? start + extent : start, to = stop < 0 ? stop + extent : stop;
          if (from < 0) from = 0;
          if (to > extent) to = extent;
          for (std::int64_t i = from; i < to; i += step) expected.push_back(i);
          if (places(Layout(Shape{extent}).slice("test", 0, start, stop, step)) != expected)
            FAIL(extent << "[" << start << ":" << stop << ":" << step << "]");
        }
}

TEST_CASE("reshape finds every view that strides can express, and no other") {
  Random random(1);
  int views = 0, copies = 0;
  for (int round = 0; round < 400; ++round) {
    Layout layout({4, 3, 4, 2});
    for (std::int64_t i = random(0, 6); i > 0; --i) layout = random_step(layout, random);
    const std::vector<std::int64_t> all = places(layout);
    CHECK(static_cast<std::int64_t>(all.size()) == layout.numel());
    bool dense = true;
    for (std::size_t i = 0; i < all.size(); ++i)
      dense = dense && all[i] == all[0] + static_cast<std::int64_t>(i);
    CHECK(layout.is_contiguous() == dense);
    if (all.empty() || all.size() > 60) continue;
    for (const Shape& target : factorizations(layout.numel())) {
      Layout result;
      const bool view = layout.reshape(target, result);
      CHECK(view == (places(guess(target, all)) == all));
      if (view) CHECK((result.shape == target && places(result) == all));
      ++(view ? views : copies);
    }
  }
  CHECK(views > 500);
  CHECK(copies > 500);
}

TEST_CASE("empty layouts reshape to any empty shape") {
  Layout result;
  CHECK(Layout(Shape{3, 0, 2}).transpose("test", 0, 2).reshape({0, 7}, result));
  CHECK(result.shape == Shape{0, 7});
  CHECK(Layout(Shape{3, 4}).transpose("test", 0, 1).slice("test", 0, 4, 9).is_contiguous());
}

TEST_CASE("broadcasting is NumPy's") {
  CHECK(broadcast("test", {2, 3}, {3}) == Shape{2, 3});
  CHECK(broadcast("test", {2, 1}, {1, 3}) == Shape{2, 3});
  CHECK(broadcast("test", {}, {2}) == Shape{2});
  CHECK(broadcast("test", {0, 1}, {1, 5}) == Shape{0, 5});
  CHECK(broadcast("test", {1}, {0}) == Shape{0});
  CHECK(broadcast("test", {5, 1, 4, 1}, {3, 1, 1}) == Shape{5, 3, 4, 1});
  CHECK_THROWS_AS(broadcast("test", {2}, {0}), ShapeError);
  CHECK_THROWS_WITH(broadcast("add", {2, 3}, {4, 3}),
                    ContainsSubstring("add: shapes [2, 3] and [4, 3] do not broadcast: 2 against 4"));
}

TEST_CASE("a shape with -1 takes what is left") {
  CHECK(resolve_shape("test", {2, -1}, 6) == Shape{2, 3});
  CHECK(resolve_shape("test", {-1}, 0) == Shape{0});
  CHECK(resolve_shape("test", {}, 1) == Shape{});
  CHECK(resolve_shape("test", {0, 5}, 0) == Shape{0, 5});
  for (const Shape& bad : {Shape{4}, Shape{-1, -1}, Shape{4, -1}, Shape{-2, 3}, Shape{0, -1}, Shape{}})
    CHECK_THROWS_AS(resolve_shape("reshape", bad, 6), ShapeError);
  CHECK_THROWS_AS(resolve_shape("reshape", {0, -1}, 0), ShapeError);  // could be anything
  CHECK_THROWS_AS(resolve_shape("reshape", {std::int64_t{1} << 62, 8}, 0), ShapeError);
}

TEST_CASE("a layout overlaps if two indices have one place") {
  Random random(8);
  int overlapping = 0;
  for (int round = 0; round < 2000; ++round) {
    Layout layout(Shape{3, 1, 4});
    for (std::int64_t i = random(0, 5); i > 0; --i) layout = random_step(layout, random);
    if (layout.numel() > 10000) continue;
    const std::vector<std::int64_t> all = places(layout);
    CHECK(layout.overlaps() == (std::set<std::int64_t>(all.begin(), all.end()).size() < all.size()));
    overlapping += layout.overlaps();
  }
  CHECK(overlapping > 100);
  CHECK(Layout({3, 3}, {1, 1}, 0).overlaps());  // windows
  CHECK(!Layout({3, 3}, {1, 3}, 0).overlaps());
  CHECK(!Layout({3, 3}, {-3, 1}, 6).overlaps());
  CHECK(Layout({3, 3}, {-2, 1}, 6).overlaps());
}

TEST_CASE("layouts refuse what cannot be, with the function's name") {
  const Layout x(Shape{2, 3});
  CHECK_THROWS_AS(Layout(Shape{2, -1}), ShapeError);
  CHECK_THROWS_AS(Layout({std::int64_t{1} << 40, std::int64_t{1} << 40}), ShapeError);
  CHECK_THROWS_AS(Layout(Shape{0, std::int64_t{1} << 40, std::int64_t{1} << 40}), ShapeError);
  CHECK_THROWS_AS(Layout(Shape{1}).expand("expand", {std::int64_t{1} << 40, std::int64_t{1} << 40}),
                  ShapeError);
  CHECK_THROWS_AS(Shape({1, 2, 3, 4, 5, 6, 7, 8, 9}), ShapeError);
  CHECK_THROWS_AS(Layout(Shape{1, 1, 1, 1, 1, 1, 1, 1}).unsqueeze("unsqueeze", 0), ShapeError);
  CHECK_THROWS_WITH(x.permute("permute", {0}), ContainsSubstring("permute: axes [0] are not a permutation"));
  CHECK_THROWS_AS(x.permute("permute", {}), ValueError);
  CHECK_THROWS_AS(x.permute("permute", {0, 0}), ValueError);
  CHECK_THROWS_AS(x.permute("permute", {0, 2}), IndexError);
  CHECK_THROWS_WITH(x.transpose("transpose", 0, 2),
                    "transpose: axis 2 is out of range for 2 dimensions: use -2 to 1");
  CHECK_THROWS_WITH(Layout(Shape{}).select("select", 0, 0), ContainsSubstring("a scalar, which has no axes"));
  CHECK_THROWS_AS(x.slice("slice", 0, 0, 1, 0), ValueError);
  CHECK_THROWS_AS(x.slice("slice", 0, 0, 1, -1), ValueError);
  CHECK_THROWS_AS(x.select("select", 0, 2), IndexError);
  CHECK_THROWS_AS(x.select("select", 0, -3), IndexError);
  CHECK_THROWS_AS(x.squeeze("squeeze", 0), ShapeError);
  CHECK_THROWS_AS(x.expand("expand", {3}), ShapeError);
  CHECK_THROWS_AS(x.expand("expand", {2, 4}), ShapeError);
  CHECK_THROWS_AS(Layout(Shape{1}).expand("expand", {-1}), ShapeError);
  CHECK_THROWS_AS(axis_mask("sum", {0, -2}, 2), ValueError);
  CHECK_THROWS_AS(axis_mask("sum", {std::int64_t{1} << 40}, 2), IndexError);
  CHECK(axis_mask("sum", {}, 3) == 7u);
  CHECK(axis_mask("sum", {-1, 0}, 3) == 5u);
}
