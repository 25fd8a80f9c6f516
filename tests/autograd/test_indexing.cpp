// NumPy's indexing: views and copies, writing, and what goes wrong.
#include <limits>

#include <catch.h>
#include <errors.h>

#include "leaf.h"
#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

using Integers = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("x(...) is a view without tensors and negative steps") {
  const Tensor x = reshape(arange(24), {2, 3, 4});
  CHECK(x(1).raw() == x[1].raw());
  CHECK(x(1, 2, 3).item<std::int64_t>() == 23);
  CHECK(x(Ellipsis).shape() == x.shape());
  CHECK(x().raw() == x.raw());
  CHECK(x(Slice(), -1, Slice(None, None, 2)).to_vector<std::int64_t>() == Integers{8, 10, 20, 22});
  CHECK(x(Ellipsis, Slice(1, 3)).layout().offset == 1);
  CHECK(x(NewAxis, 0, Ellipsis, NewAxis).shape() == Shape{1, 3, 4, 1});
  CHECK(x(0, 0, Slice(None, None, -1)).to_vector<std::int64_t>() == Integers{3, 2, 1, 0});
  CHECK(x(0, 0, Slice(-1, -4, -2)).to_vector<std::int64_t>() == Integers{3, 1});
  CHECK(x(0, 0, Slice(9, -9, -3)).to_vector<std::int64_t>() == Integers{3, 0});
  CHECK(x(Slice(2, 1), 0, 0).numel() == 0);
}

TEST_CASE("x(...) with tensors is NumPy's advanced indexing") {
  const Tensor x = reshape(arange(24), {2, 3, 4});
  CHECK(x(tensor({-1, 0}), Slice(), tensor({0, -1})).to_vector<std::int64_t>() ==
        Integers{12, 16, 20, 3, 7, 11});
  CHECK(x(0, tensor({2, 0}), Slice(1, 2)).shape() == Shape{2, 1});  // the integer indexes, too
  CHECK(x(x > 20).to_vector<std::int64_t>() == Integers{21, 22, 23});
  CHECK(x(x < 0).shape() == Shape{0});
  CHECK(x(tensor({true, false}), tensor({1})).shape() == Shape{1, 4});
  CHECK(x(zeros({0}, int64)).shape() == Shape{0, 3, 4});
  CHECK(x(tensor({1}, uint8), tensor({1}, int32)).to_vector<std::int64_t>() == Integers{16, 17, 18, 19});
}

TEST_CASE("assign writes to what x(...) reads") {
  Tensor x = zeros({3, 4}, int64);
  assign(x, {1, Slice(None, None, 2)}, 5);
  assign(x, {tensor({0, 2}), tensor({-1, -1})}, tensor({7, 8}));
  assign(x, {Slice(None, None, -1), 1}, tensor({1, 2, 3}));
  CHECK(x.to_vector<std::int64_t>() == Integers{0, 3, 0, 7, 5, 2, 5, 0, 0, 1, 0, 8});
  assign(x, {x > 4}, -1);
  CHECK(x.to_vector<std::int64_t>() == Integers{0, 3, 0, -1, -1, 2, -1, 0, 0, 1, 0, -1});
  assign(x(0), {Ellipsis}, 9.9);  // as NumPy: converted
  CHECK(x[0].to_vector<std::int64_t>() == Integers{9, 9, 9, 9});
  assign(x, {tensor({0, 0}), 0}, tensor({1, 2}));  // the last one stays
  CHECK(x(0, 0).item<std::int64_t>() == 2);
  const Tensor w = leaf({1, 2});
  CHECK_THROWS_WITH(assign(zeros(2), {0}, w[0]), ContainsSubstring("assign: the value requires a gradient"));
  CHECK_THROWS_WITH(assign(w * 2, {0}, 1), ContainsSubstring("assign: expected a tensor without history"));
  assign(w, {0}, 3);
  CHECK(w.to_vector<float>() == Values{3, 2});
}

TEST_CASE("indexing says what does not fit") {
  const Tensor x = zeros({2, 3}), y = zeros({2, 3, 4});
  const std::pair<std::string, std::string> messages[] = {
      {message_of([&] { x(2); }), "index: index 2 is out of range for axis 0 with size 2"},
      {message_of([&] { x(0, -4); }), "index: index -4 is out of range for axis 1 with size 3"},
      {message_of([&] {
         y(0, NewAxis, tensor({1, 3}));
       }),
       "index: index 3 at position 1 is out of range for axis 1 with size 3"},
      {message_of([&] { x(0, 0, 0); }),
       "index: expected indices for at most 2 axes of shape [2, 3], got them for 3"},
      {message_of([&] { x(Ellipsis, Ellipsis); }), "index: expected one Ellipsis at most, got 2"},
      {message_of([&] { x(Slice(0, 1, 0)); }), "index: expected a step other than 0"},
      {message_of([&] { x(zeros({3}, boolean)); }),
       "index: expected a mask with the size 2 of axis 0 of shape [2, 3], got shape [3]"},
      {message_of([&] { x(zeros(1)); }), "index: expected integer indices, got float32"},
      {message_of([&] { x(zeros({2}, int64), zeros({3}, int64)); }),
       "index: shapes [2] and [3] do not broadcast: 2 against 3, counted from the right, extents must be "
       "equal or 1"},
      {message_of([&] { x(full({}, true, boolean)); }),
       "index: expected a mask of at least one axis, got one of rank 0"},
      {message_of([&] { index_put(x, {0}, zeros(2)); }),
       "index_put: shape [2] cannot be broadcast to [3]: each extent must be equal or 1, counted from the "
       "right"},
      {message_of([&] {
         index_add(x, 0, zeros({2}, int64), zeros({3, 3}));
       }),
       "index_add: expected the source of shape [2, 3], got [3, 3]"},
      {message_of([&] { masked_fill(x, x, 0); }),
       "masked_fill: expected a bool mask, got float32; compare first, for example x != 0"},
      {message_of([&] { masked_fill(x, x == 0, x); }),
       "masked_fill: expected a value of one element, got shape [2, 3]"},
      {message_of([&] { masked_scatter(x, x == 0, zeros(5)); }),
       "masked_scatter: expected a source of at least 6 elements, got shape [5]"},
      {message_of([&] { take_along_dim(x, zeros({2}, int64), 0); }),
       "take_along_dim: expected an index with the rank of shape [2, 3], got shape [2]"},
      {message_of([&] { take(x, tensor({6})); }),
       "take: index 6 at position 0 is out of range for axis 0 with size 6"},
      {message_of([&] { select_scatter(x, zeros(3), 0, 2); }),
       "select_scatter: index 2 is out of range for axis 0 of shape [2, 3]"},
  };
  for (const auto& [given, wanted] : messages) CHECK(given == wanted);
}

TEST_CASE("gradients of parts are those of the whole, for leaves, results, grad() and hooks") {
  constexpr int steps = 64;
  Tensor x = full({3, steps}, 2).set_requires_grad();
  const auto loop = [&](const Tensor& base) {
    Tensor total = zeros({3});
    for (int t = 0; t < steps; ++t) {
      const Tensor part = base(Slice(), t);
      total = total + part * part;
    }
    return sum(total);
  };
  loop(x).backward();
  CHECK(gradient_of(x) == Values(3 * steps, 4));
  loop(x).backward();
  CHECK(gradient_of(x) == Values(3 * steps, 8));
  const Tensor held = x.grad();  // somebody else's: it must not change
  loop(x * 1).backward();
  CHECK(gradient_of(x) == Values(3 * steps, 12));
  CHECK(held.to_vector<float>() == Values(3 * steps, 8));
  CHECK(grad({loop(x)}, {x})[0].to_vector<float>() == Values(3 * steps, 4));
  int calls = 0;
  const int hook = register_hook(x, [&](const Tensor& g) {
    ++calls;
    return 2 * g;
  });
  x.set_grad({});
  loop(x).backward();
  remove_hook(x, hook);
  CHECK(calls == 1);
  CHECK(gradient_of(x) == Values(3 * steps, 8));
}

TEST_CASE("rows of a table that are looked up several times add up their gradients") {
  const Tensor table = ones({1 << 14, 4}).set_requires_grad();
  for (int i = 0; i < 3; ++i) sum(index_select(table, 0, tensor({5, 7, 5}))).backward();
  const Values gradient = gradient_of(table);
  CHECK(gradient[5 * 4] == 6);
  CHECK(gradient[7 * 4 + 3] == 3);
  CHECK(gradient[0] == 0);
}

TEST_CASE("the mean of integers that are scattered is rounded down, as in PyTorch") {
  const Tensor index = tensor({0, 0, 1});
  const Tensor x = tensor({1, 2, 3}), source = tensor({5, 0, -4});
  CHECK(scatter(x, 0, index, source, Scatter::mean).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{2, -1, 3});
  CHECK(scatter(x, 0, index, source, Scatter::mean).dtype() == int64);
  CHECK(scatter(to(x, uint8), 0, index, tensor({5, 0, 252}), Scatter::mean).to_vector<std::uint8_t>() ==
        std::vector<std::uint8_t>{2, 127, 3});
  CHECK(scatter(to(x, float32), 0, index, source, Scatter::mean).to_vector<float>() ==
        std::vector<float>{2, -1, 3});
  CHECK_THROWS_WITH(scatter(x > 1, 0, index, x > 2, Scatter::mean),
                    "scatter: the mean is not defined for bool");
}

TEST_CASE("flip reverses rows of every length, of every dtype and layout") {
  for (const DType dtype : {boolean, uint8, int32, int64, float16, bfloat16, float32, float64})
    for (const std::int64_t length : {0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130, 1000}) {
      INFO(dtype << ", " << length);
      const Tensor numbers = reshape(remainder(arange(6 * length), 200), {2, 3, length}),
                   x = to(numbers, dtype);
      const Tensor backwards = length - 1 - arange(length);
      const auto same = [](const Tensor& a, const Tensor& b) { return equal(to(a, int64), to(b, int64)); };
      const Tensor last = index_select(x, 2, backwards), rows = index_select(x, 1, tensor({2, 1, 0}));
      CHECK(same(flip(x, -1), last));
      CHECK(flip(x, 2).is_contiguous());
      CHECK(same(flip(x, 1), rows));
      CHECK(same(flip(x, {1, 2}), index_select(rows, 2, backwards)));
      CHECK(same(flip(x, {0, 1, 2}), reshape(flip(reshape(x, {6 * length}), 0), {2, 3, length})));
      const Tensor turned = transpose(x, 0, 2);
      CHECK(same(flip(turned, 0), transpose(last, 0, 2)));
      CHECK(same(flip(expand(select(x, 0, 1), {2, 3, length}), {0, 2}),
                 expand(select(last, 0, 1), {2, 3, length})));
    }
  CHECK(flip(scalar(3), 0).item<float>() == 3);
  CHECK_THROWS_AS(flip(zeros({2, 3}), {1, -1}), ValueError);
  CHECK_THROWS_AS(flip(zeros({2, 3}), 2), IndexError);
}

TEST_CASE("gather finds the first index that is wrong, wherever it is, and reads nothing outside") {
  const Tensor x = reshape(arange(30.), {3, 10});
  Tensor index = zeros({3, 70000}, int64);
  assign(index(2, 69998), 10);
  assign(index(1, 5), -11);
  CHECK_THROWS_WITH(gather(x, 1, index),
                    "gather: index -11 at position 70005 is out of range for axis 1 with size 10");
  for (const std::int64_t extreme : {INT64_MIN, INT64_MAX})
    CHECK_THROWS_AS(gather(x, 0, tensor({{0, 1}, {extreme, 0}})), IndexError);
  CHECK_THROWS_AS(gather(zeros({3, 0}), 1, zeros({3, 1}, int64)), IndexError);
  CHECK(gather(zeros({3, 0}), 1, zeros({3, 0}, int64)).shape() == Shape{3, 0});
}

TEST_CASE("windows say what does not fit") {
  const Tensor x = zeros({2, 3}), images = zeros({1, 1, 3, 4});
  CHECK_THROWS_WITH(unfold(x, 1, 4),
                    "unfold: expected a step of at least 1 and a size from 0 to 3, got 1 and 4");
  CHECK_THROWS_AS(unfold(x, 1, 1, 0), ValueError);
  CHECK(unfold(x, 1, 0, std::numeric_limits<std::int64_t>::max()).shape() == Shape{2, 1, 0});
  CHECK(unfold(x, 1, 2)[0].raw() == x.raw());
  CHECK_THROWS_WITH(unfold2d(x), "unfold2d: expected images [N, C, H, W], got shape [2, 3]");
  CHECK_THROWS_WITH(unfold2d(images, {.kernel_size = 5}),
                    "unfold2d: expected images in which a window of 5 fits, got extent 3 with padding 0");
  CHECK_THROWS_AS(unfold2d(images, {.stride = 0}), ValueError);
  CHECK_THROWS_AS(unfold2d(images, {.padding = std::numeric_limits<std::int64_t>::max()}), ValueError);
  CHECK_THROWS_WITH(fold2d(zeros({1, 4, 5}), {3, 4}),
                    "fold2d: expected columns [N, C * 4, 6], got shape [1, 4, 5]");
  CHECK_THROWS_AS(fold2d(zeros({1, 4, 5}), -1), ShapeError);
  CHECK_THROWS_AS(fold2d(zeros({1, 4, 5}), std::numeric_limits<std::int64_t>::max()), ShapeError);
  CHECK(expand(zeros({2, 1}), {3, -1, 4}).shape() == Shape{3, 2, 4});
  CHECK_THROWS_AS(expand(x, {-1, 2, 3}), ShapeError);
}
