// x[i], x += y and assign: what changes, and who sees it.
#include <type_traits>

#include <catch.h>

#include "leaf.h"
#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

Values values(const Tensor& x) { return x.to_vector<float>(); }

template <class X>
constexpr bool changes = requires(X&& x, const Tensor& y) {
  std::forward<X>(x) += y;
};

}  // namespace

TEST_CASE("x[i] is a view with a gradient") {
  Tensor x = tensor({{1., 2.}, {3., 4.}}).set_requires_grad();
  CHECK(values(x[1]) == Values{3, 4});
  CHECK(x[-1][0].item<float>() == 3);
  CHECK(x[0].raw() == x.raw());
  (x[1][0] * 5).backward();
  CHECK(gradient_of(x) == Values{0, 0, 5, 0});
  CHECK_THROWS_AS(x[2], IndexError);
  CHECK_THROWS_AS(x[0][0][0], IndexError);
}

TEST_CASE("a temporary can't be assigned to") {
  static_assert(std::is_assignable_v<Tensor&, Tensor> && !std::is_assignable_v<Tensor, Tensor>);
  static_assert(!std::is_assignable_v<Tensor, const Tensor&>);
  static_assert(changes<Tensor&> && !changes<Tensor> && !changes<const Tensor&>);
}

TEST_CASE("x += y changes no other tensor") {
  Tensor x = tensor({1., 2.});
  const Tensor before = x, view = x[0];
  x += tensor({10., 20.});
  CHECK(values(x) == Values{11, 22});
  CHECK(values(before) == Values{1, 2});
  CHECK(values(view) == Values{1});
  x -= 1;
  x *= tensor({2., 3.});
  x /= 4;
  CHECK(values(x) == Values{5, 15.75});
}

TEST_CASE("x += y takes no new memory where nobody else holds x") {
  Tensor x = tensor({{1., 2.}, {3., 4.}});
  const void* const memory = x.raw();
  x += tensor({10., 20.});
  x *= 2;
  const Tensor& itself = x;
  x -= itself;
  CHECK(x.raw() == memory);
  CHECK(values(x) == Values{0, 0, 0, 0});
  {
    const Tensor other = x;
    x += 1;
    CHECK(x.raw() != memory);
    CHECK(values(other) == Values{0, 0, 0, 0});
  }
  Tensor narrow = tensor({1., 2.});
  narrow += tensor({{10.}, {20.}});  // grows, as x = x + y does
  CHECK(narrow.shape() == Shape{2, 2});
  Tensor turned = transpose(tensor({{1., 2.}, {3., 4.}}) * 1);
  turned += 1;
  CHECK(values(turned) == Values{2, 4, 3, 5});
}

TEST_CASE("x += y is recorded, and refuses a leaf") {
  Tensor w = leaf({2, 3}), y = leaf({4, 5});
  Tensor x = w * w;
  x += y;
  x *= 3;
  sum(x).backward();
  CHECK(gradient_of(w) == Values{12, 18});
  CHECK(gradient_of(y) == Values{3, 3});
  Tensor plain = tensor({1., 1.});
  plain *= y;
  CHECK(plain.requires_grad());
  CHECK_THROWS_WITH(w += 1, ContainsSubstring("+=: ") && ContainsSubstring("assign(x, value)"));
  CHECK_THROWS_WITH(w /= y, ContainsSubstring("/=: "));
  CHECK(values(w) == Values{2, 3});
  Tensor none;
  CHECK_THROWS_WITH(none -= 1, ContainsSubstring("-=: "));
  CHECK_THROWS_AS(plain += zeros(3), ShapeError);
}

TEST_CASE("assign writes into elements that others share") {
  Tensor x = zeros({2, 2});
  const Tensor same = x;
  assign(x[0], 3);
  assign(x[1], tensor({5, 6}));  // converted
  CHECK(values(same) == Values{3, 3, 5, 6});
  assign(x, tensor({{1.}, {2.}}));  // broadcast
  CHECK(values(same) == Values{1, 1, 2, 2});
  assign(transpose(x), x);
  CHECK(values(x) == Values{1, 2, 1, 2});
  CHECK_THROWS_AS(assign(x, zeros(3)), ShapeError);
  CHECK_THROWS_WITH(assign(Tensor(), 1), ContainsSubstring("assign: "));
  CHECK_THROWS_AS(assign(zeros(2, uint8), 300), ValueError);
}

TEST_CASE("assign and the graph") {
  Tensor w = leaf({1, 2});
  const Tensor y = w * w;
  assign(w, 5);
  CHECK(values(w) == Values{5, 5});
  CHECK(w.is_leaf());
  CHECK_THROWS_WITH(sum(y).backward(), ContainsSubstring("changed in place"));
  CHECK_THROWS_WITH(assign(w[0], 1), ContainsSubstring("got the result of select"));
  CHECK_THROWS_WITH(assign(zeros(2), w), ContainsSubstring("detach() it"));
  const NoGrad guard;
  assign(w[0], 7);
  CHECK(values(w) == Values{7, 5});
  Tensor copy = zeros(2);
  assign(copy, w);
  CHECK(values(copy) == Values{7, 5});
}

TEST_CASE("a clone has elements of its own, and a gradient") {
  Tensor x = leaf({1, 2});
  const Tensor copy = clone(x);
  assign(x, 9);
  CHECK(values(copy) == Values{1, 2});
  (copy * tensor({3., 4.})).backward(ones(2));
  CHECK(gradient_of(x) == Values{3, 4});
}
