// Embeddings: arguments, and that a gradient touches no more than the rows that are read.
#include <limits>

#include <catch.h>

#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>

using namespace taper;

TEST_CASE("embeddings refuse what they cannot take") {
  const Tensor weight = zeros({5, 3}), indices = tensor({1, 4});
  constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  CHECK_THROWS_WITH(embedding(tensor({1, 5}), weight),
                    "embedding: index 5 at position 1 is out of range for axis 0 with size 5");
  CHECK_THROWS_WITH(embedding(tensor({1, -1}), weight), "embedding: expected indices of at least 0, got -1");
  CHECK_THROWS_WITH(embedding(tensor({1., 2.}), weight), "embedding: expected integer indices, got float32");
  CHECK_THROWS_AS(embedding(indices == 1, weight), DTypeError);
  CHECK_THROWS_WITH(embedding(indices, zeros({5})),
                    "embedding: expected a weight [rows, features], got shape [5]");
  CHECK_THROWS_AS(embedding(indices, zeros({5, 3}, int64)), DTypeError);
  CHECK_THROWS_AS(embedding(Tensor(), weight), ValueError);
  for (const std::int64_t index : {std::int64_t{5}, std::int64_t{-6}, huge, -huge - 1})
    CHECK_THROWS_AS(embedding(indices, weight, {.padding_index = index}), IndexError);
  CHECK_THROWS_AS(embedding(indices, transpose(zeros({3, 5})), {.max_norm = 1}), ValueError);
  CHECK(embedding(zeros({0, 2}, int32), weight).shape() == Shape{0, 2, 3});
  CHECK(embedding(zeros({0}, int64), zeros({0, 3})).shape() == Shape{0, 3});

  const auto bag = [&](const Tensor& offsets, const EmbeddingBagOptions& options = {}) {
    return embedding_bag(indices, weight, offsets, options);
  };
  CHECK_THROWS_AS(bag({}), ValueError);
  CHECK_THROWS_WITH(
      bag(tensor({1, 2})),
      "embedding_bag: expected offsets that ascend from 0 up to at most the 2 indices, got [1, 2]");
  CHECK_THROWS_AS(bag(tensor({0, 3})), ValueError);
  CHECK_THROWS_AS(bag(tensor({0, 2, 1})), ValueError);
  CHECK_THROWS_AS(bag(zeros({0}, int64)), ValueError);
  CHECK_THROWS_AS(bag(zeros({0}, int64), {.include_last_offset = true}), ValueError);
  CHECK_THROWS_AS(bag(tensor({0, 1}), {.include_last_offset = true}), ValueError);
  CHECK_THROWS_AS(bag(zeros({1, 1}, int64)), ValueError);
  CHECK_THROWS_AS(bag(zeros(1)), DTypeError);
  CHECK_THROWS_AS(bag(tensor({std::numeric_limits<std::int64_t>::min(), huge})), ValueError);
  CHECK_THROWS_AS(embedding_bag(zeros({1, 2, 3}, int64), weight), ShapeError);
  CHECK_THROWS_AS(embedding_bag(zeros({2, 2}, int64), weight, tensor({0})), ShapeError);
  CHECK_THROWS_AS(embedding_bag(indices, weight, tensor({0}), {}, ones({2})), ValueError);
  CHECK_THROWS_AS(embedding_bag(indices, weight, tensor({0}), {.mode = BagMode::sum}, ones({3})), ShapeError);
  for (const BagMode mode : {BagMode::sum, BagMode::mean, BagMode::max}) {
    CHECK(equal(embedding_bag(zeros({2, 0}, int64), weight, {}, {.mode = mode}), zeros({2, 3})));
    CHECK(embedding_bag(zeros({0}, int64), weight, zeros({0}, int64), {.mode = mode}).shape() == Shape{0, 3});
    CHECK(equal(embedding_bag(zeros({0}, int64), weight, tensor({0, 0}), {.mode = mode}), zeros({2, 3})));
  }
}

TEST_CASE("an embedding keeps the rows that it reads below a norm, in place") {
  const Tensor weight = tensor({{3., 4.}, {0.3, 0.4}, {6., 8.}});
  const Tensor y = embedding(tensor({0, 1, 0}), weight, {.max_norm = 1});
  CHECK(allclose(y, tensor({{0.6, 0.8}, {0.3, 0.4}, {0.6, 0.8}}), {.atol = 1e-6}));
  CHECK(equal(weight[2], tensor({6., 8.})));
  CHECK(equal(weight[0], y[0]));
}

TEST_CASE("the gradient of an embedding is added to that which there is") {
  const Tensor weight = ones({1000, 4}).set_requires_grad();
  const Tensor indices = tensor({3, 7, 3});
  sum(embedding(indices, weight)).backward();
  const void* const place = weight.grad().raw();
  sum(embedding(indices, weight, {.padding_index = 7})).backward();
  CHECK(weight.grad().raw() == place);
  CHECK(sum(weight.grad()[3]).item<double>() == 16);
  CHECK(sum(weight.grad()[7]).item<double>() == 4);
  CHECK(sum(weight.grad()).item<double>() == 20);
}
