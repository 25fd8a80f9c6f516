// Products of tensors: what cannot be read or does not fit, orders of contraction, and distances at the ends.
#include <limits>

#include <catch.h>

#include <taper/taper.h>

using namespace taper;
using Floats = std::vector<float>;

TEST_CASE("einsum says what it cannot read") {
  const Tensor x = zeros({2, 3}), y = zeros({4, 5}), vector = zeros(3);
  CHECK_THROWS_WITH(einsum("ik,kj", {x, y}), "einsum: letter k has extent 3 in operand 0 and 4 in operand 1");
  CHECK_THROWS_WITH(einsum("...k,j...", {x, y}),
                    "einsum: axis -1 of \"...\" has extent 2 in operand 0 and 5 in operand 1");
  CHECK_THROWS_WITH(einsum("ii", {x}), "einsum: letter i has extents 2 and 3 in operand 0");
  CHECK_THROWS_WITH(einsum("ijk->i", {x}),
                    "einsum: expected 3 axes for operand 0 of \"ijk->i\", got shape [2, 3]");
  CHECK_THROWS_WITH(einsum("ijk...->i", {x}), ContainsSubstring("expected 3 axes or more for operand 0"));
  CHECK_THROWS_WITH(einsum("ij->ik", {x}), "einsum: letter k of the result is in no operand");
  CHECK_THROWS_WITH(einsum("ij->ii", {x}), "einsum: letter i is in the result twice");
  CHECK_THROWS_WITH(einsum("ij,jk", {x}), "einsum: expected 2 tensors for \"ij,jk\", got 1");
  CHECK_THROWS_WITH(einsum("ij", {x, y}), "einsum: expected 1 tensors for \"ij\", got 2");
  CHECK_THROWS_WITH(einsum("ij", {}), "einsum: expected at least one tensor, got none");
  CHECK_THROWS_WITH(einsum("i$", {x}), ContainsSubstring("got \"$\" at 1 of \"i$\""));
  for (const char* const equation :
       {"i.j", "..", "......", "ij->i->j", "ij->i,j", "ij-", "ij->i>", "i1", "->"})
    CHECK_THROWS_AS(einsum(equation, {x}), Error);
  CHECK_THROWS_AS(einsum("abcdefghi", {x}), ShapeError);
  CHECK_THROWS_AS(einsum("ij,kl,mn,op,qr", std::vector<Tensor>(5, x)), ShapeError);
  CHECK_THROWS_AS(einsum("ij,jk", {x, zeros({3, 2}, float64)}), DTypeError);
  CHECK_THROWS_AS(einsum("ij", {x > 0}), DTypeError);
  CHECK_THROWS_WITH(einsum("i,j,k", {vector, {}, vector}), ContainsSubstring("einsum: "));
}

TEST_CASE("einsum with nothing, with many, and in every order") {
  CHECK(einsum("", {scalar(2)}).item<float>() == 2);
  CHECK(einsum(",", {scalar(2), scalar(3)}).item<float>() == 6);
  CHECK(einsum("...", {zeros({0, 2})}).shape() == Shape{0, 2});
  CHECK(einsum("ij,jk->ik", {zeros({2, 0}), zeros({0, 3})}).to_vector<float>() == Floats(6, 0));
  CHECK(einsum("ij->ji", {tensor({{1, 2}, {3, 4}})}).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{1, 3, 2, 4});
  const Tensor x = uniform({2, 3}, 1, 2, float64), y = uniform({3, 4}, 1, 2, float64),
               z = uniform({4, 5}, 1, 2, float64), w = uniform({5, 2}, 1, 2, float64),
               v = uniform(2, 1, 2, float64), u = uniform(3, 1, 2, float64);
  const Tensor wanted = matmul(matmul(matmul(matmul(x * u, y), z), w), v);
  CHECK(max(abs(einsum("ij,j,jk,kl,lm,m->i", {x, u, y, z, w, v}) - wanted)).item<double>() < 1e-10);
  CHECK(max(abs(einsum("m,lm,kl,jk,ij,j->i", {v, transpose(transpose(w)), z, y, x, u}) - wanted))
            .item<double>() < 1e-10);
  CHECK(max(abs(einsum("jk,ij,kl->li", {y, x, z}) - transpose(matmul(matmul(x, y), z)))).item<double>() <
        1e-10);
  // A batch of many axes.
  const Tensor many = uniform({2, 1, 2, 1, 2, 1, 2, 3}, 0, 1, float64);
  CHECK(max(abs(einsum("abcdefgh,abcdefgh->abcdefg", {many, many}) - sum(square(many), -1))).item<double>() <
        1e-12);
}

TEST_CASE("other products say what does not fit") {
  const Tensor x = zeros({2, 3}), vector = zeros(3), large = zeros({1, 1, 1, 1, 1});
  CHECK_THROWS_WITH(
      tensordot(x, x, {1}, {0}),
      "tensordot: expected equal extents, got 3 of axis 1 of the first operand and 2 of axis 0 of "
      "the second");
  CHECK_THROWS_WITH(tensordot(x, x, {0, 1}, {0}),
                    "tensordot: expected as many axes of both operands, got [0, 1] and [0]");
  CHECK_THROWS_AS(tensordot(x, x, {0, 0}, {0, 1}), ValueError);
  CHECK_THROWS_AS(tensordot(x, x, {5}, {0}), IndexError);
  CHECK_THROWS_AS(tensordot(large, large, 0), ShapeError);
  for (const std::int64_t n : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{3},
                               std::numeric_limits<std::int64_t>::max()})
    CHECK_THROWS_AS(tensordot(x, x, n), ValueError);
  CHECK_THROWS_WITH(inner(x, zeros(2)), "inner: expected equal last extents, got shapes [2, 3] and [2]");
  CHECK_THROWS_WITH(dot(x, vector), "dot: expected two vectors of one length, got shapes [2, 3] and [3]");
  CHECK_THROWS_AS(dot(vector, zeros(2)), ShapeError);
  CHECK_THROWS_WITH(outer(x, vector), "outer: expected two vectors, got shapes [2, 3] and [3]");
  CHECK_THROWS_WITH(kron(large, x), "kron: expected at most 4 axes, got shapes [1, 1, 1, 1, 1] and [2, 3]");
  CHECK_THROWS_AS(kron(expand(zeros(1), {std::int64_t{1} << 40}), expand(zeros(1), {std::int64_t{1} << 40})),
                  ShapeError);
  CHECK_THROWS_WITH(cross(x, x, 0), "cross: expected extent 3 of axis 0, got shapes [2, 3] and [2, 3]");
  CHECK_THROWS_AS(cross(x, vector), ShapeError);
  CHECK_THROWS_AS(cross(x, x, 2), IndexError);
  CHECK_THROWS_WITH(cdist(x, x, -1), "cdist: expected p >= 0, got -1");
  CHECK_THROWS_AS(cdist(x, x, std::numeric_limits<double>::quiet_NaN()), ValueError);
  CHECK_THROWS_WITH(cdist(x, vector),
                    "cdist: expected points [..., m, d] and [..., n, d], got shapes [2, 3] and [3]");
  CHECK_THROWS_AS(cdist(x, zeros({2, 3}, float64)), DTypeError);
  CHECK_THROWS_AS(cdist(zeros({2, 3}, int64), zeros({2, 3}, int64)), DTypeError);
}

TEST_CASE("distances of equal points have the gradient 0, and near points keep their digits") {
  const Tensor far = full({1, 2}, 1e8, float64), near = far + tensor({{1., 0.}}, float64);
  CHECK(cdist(far, near).item<double>() == 1);
  for (const double p : {0.0, 0.5, 1.0, 1.5, 2.0, 3.0, std::numeric_limits<double>::infinity()}) {
    INFO(p);
    const Tensor x = ones({2, 3}, float64).set_requires_grad();
    const Tensor apart = cdist(x, ones({1, 3}, float64), p);
    CHECK(sum(apart).item<double>() == 0);
    if (apart.requires_grad())
      CHECK(grad({sum(apart)}, {x})[0].to_vector<double>() == std::vector<double>(6, 0));
    CHECK(cdist(zeros({2, 0}), zeros({3, 0}), p).to_vector<float>() == Floats(6, 0));
    CHECK(cdist(zeros({0, 2}), zeros({3, 2}), p).shape() == Shape{0, 3});
  }
  CHECK(cdist(tensor({{0., 1., 2.}}), tensor({{0., 3., 1.}}), 0).item<float>() == 2);
  // Rows in several parts.
  const Tensor a = uniform({3, 700, 5}, -1, 1, float64), b = uniform({600, 5}, -1, 1, float64);
  const Tensor wanted = sqrt(sum(square(unsqueeze(a, -2) - unsqueeze(b, -3)), -1));
  CHECK(max(abs(cdist(a, b) - wanted)).item<double>() == 0);
}
