// Normalization: arguments, and what has no row.
#include <limits>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>

using namespace taper;

TEST_CASE("normalizations refuse what they cannot take") {
  const Tensor x = zeros({2, 4, 3});
  constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  CHECK_THROWS_WITH(group_norm(x, 3),
                    "group_norm: expected a number of groups that divides the 4 channels, got 3");
  for (const std::int64_t groups : {std::int64_t{0}, std::int64_t{-2}, huge, -huge - 1})
    CHECK_THROWS_AS(group_norm(x, groups), ValueError);
  CHECK_THROWS_AS(group_norm(zeros({4}), 1), ShapeError);
  CHECK_THROWS_AS(group_norm(x, 2, zeros({3})), ShapeError);
  CHECK_THROWS_AS(group_norm(x, 2, {}, zeros({4}, float64)), DTypeError);
  CHECK_THROWS_AS(group_norm(x, 2, {}, {}, -1), ValueError);
  CHECK_THROWS_AS(group_norm(zeros({2, 4}, int64), 2), DTypeError);
  CHECK(group_norm(zeros({0, 4, 3}), 2, ones({4})).shape() == Shape{0, 4, 3});
  CHECK(group_norm(zeros({2, 4, 0}), 2, ones({4})).shape() == Shape{2, 4, 0});

  CHECK_THROWS_WITH(
      instance_norm(zeros({2, 4, 1})),
      "instance_norm: expected more than one element in each channel, to compute a variance, got shape "
      "[2, 4, 1]");
  CHECK_THROWS_AS(instance_norm(zeros({2, 4})), ValueError);
  CHECK_THROWS_AS(instance_norm(x, zeros({4})), ValueError);
  CHECK_THROWS_WITH(instance_norm(x, {}, {}, {}, {}, {.use_input_stats = false}),
                    "instance_norm: expected running statistics without use_input_stats, got none");
  CHECK_THROWS_AS(instance_norm(x, expand(zeros({1}), {4}), ones({4})), ValueError);
  CHECK_THROWS_AS(instance_norm(x, {}, {}, {}, {}, {.momentum = 2}), ValueError);
  CHECK(instance_norm(zeros({0, 4, 3}), zeros({4}), ones({4})).shape() == Shape{0, 4, 3});

  CHECK_THROWS_WITH(rms_norm(x, {4}), "rms_norm: expected a shape that ends in [4], got [2, 4, 3]");
  CHECK_THROWS_AS(rms_norm(x, {}), ValueError);
  CHECK_THROWS_AS(rms_norm(x, {3}, {}, -1), ValueError);

  CHECK_THROWS_AS(local_response_norm(zeros({2, 3}), 3), ShapeError);
  CHECK_THROWS_WITH(local_response_norm(x, 0), "local_response_norm: expected a size of at least 1, got 0");
  CHECK(local_response_norm(x, huge).shape() == x.shape());
  CHECK(local_response_norm(zeros({0, 4, 3}), 2).shape() == Shape{0, 4, 3});
  CHECK(local_response_norm(zeros({2, 0, 3}), 2).shape() == Shape{2, 0, 3});

  CHECK_THROWS_AS(normalize(zeros({3})), IndexError);
  CHECK_THROWS_WITH(normalize(x, 2, 1, -1), "normalize: expected an epsilon of at least 0, got -1");
  CHECK_THROWS_WITH(weight_norm(zeros({3, 4}), zeros({3})),
                    "weight_norm: expected g of shape [3, 1], got [3]");
  CHECK_THROWS_AS(weight_norm(zeros({3, 4}), zeros({3, 1}, float64)), DTypeError);

  const Tensor w = ones({3, 2, 2});
  CHECK_THROWS_AS(spectral_norm(w, zeros({2}), zeros({4})), ShapeError);
  CHECK_THROWS_AS(spectral_norm(w, zeros({3}), zeros({3})), ShapeError);
  CHECK_THROWS_AS(spectral_norm(w, zeros({3}, float64), zeros({4})), DTypeError);
  CHECK_THROWS_AS(spectral_norm(w, expand(ones({1}), {3}), ones({4})), ValueError);
  CHECK_THROWS_WITH(spectral_norm(w, ones({3}), ones({4}), {.iterations = -1}),
                    "spectral_norm: expected at least 0 iterations, got -1");
  CHECK_THROWS_AS(spectral_norm(ones({}), ones({1}), ones({1})), IndexError);
}

TEST_CASE("rms_norm in float32 takes float32's epsilon, and keeps values of any size") {
  for (const DType dtype : {float32, float64}) {
    const double epsilon = dtype == float32 ? 1.1920928955078125e-07 : 2.220446049250313e-16;
    CHECK(equal(rms_norm(ones({2, 3}, dtype) * 1e-4, {3}),
                rms_norm(ones({2, 3}, dtype) * 1e-4, {3}, {}, epsilon)));
    Generator generator(4);
    const Tensor x = normal({64, 1000}, 3, 2, dtype, generator);
    const Tensor plain = x / sqrt(mean(square(x), 1, true) + epsilon);
    CHECK(allclose(rms_norm(x, {1000}), plain, {.rtol = dtype == float32 ? 1e-6 : 1e-14}));
  }
}

TEST_CASE("the power method of spectral_norm finds the largest singular value") {
  Generator generator(5);
  const Tensor w = normal({6, 4}, 0, 1, float64, generator);
  const Tensor u = normal({6}, 0, 1, float64, generator), v = normal({4}, 0, 1, float64, generator);
  const Tensor y = spectral_norm(w, u, v, {.iterations = 200});
  CHECK(matrix_norm(y, MatrixNorm::spectral).item<double>() == Approx(1));
  CHECK(norm(u).item<double>() == Approx(1));
  const Tensor before = clone(u);
  CHECK(allclose(spectral_norm(w, u, v, {.iterations = 0}), y));
  CHECK(equal(u, before));
  // What the gradient reads stays when u and v move on.
  const Tensor leaf = clone(w).set_requires_grad();
  const Tensor first = spectral_norm(leaf, u, v, {.iterations = 0});
  spectral_norm(w * 2 + 1, u, v);
  CHECK(grad({sum(first)}, {leaf})[0].defined());
}
