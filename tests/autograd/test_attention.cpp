// Attention and positions: what does not fit, and the ends of options.
#include <cmath>
#include <limits>

#include <catch.h>

#include <taper/taper.h>

using namespace taper;

TEST_CASE("attention says what does not fit") {
  const auto attend = [](const Shape& query, const Shape& key, const Shape& value,
                         const AttentionOptions& options = {}) {
    return scaled_dot_product_attention(zeros(query), zeros(key), zeros(value), options);
  };
  const AttentionOptions grouped{.grouped_queries = true};
  CHECK_THROWS_WITH(
      attend({2, 3}, {4, 2}, {4, 2}),
      "scaled_dot_product_attention: expected a query [..., L, E], a key [..., S, E] and a value "
      "[..., S, V], got [2, 3], [4, 2] and [4, 2]");
  CHECK_THROWS_AS(attend({3}, {4, 3}, {4, 3}), ShapeError);
  CHECK_THROWS_AS(attend({2, 3}, {4, 3}, {5, 3}), ShapeError);
  CHECK_THROWS_WITH(attend({2, 2, 3}, {3, 4, 3}, {3, 4, 3}),
                    ContainsSubstring("scaled_dot_product_attention: "));
  CHECK_THROWS_WITH(
      attend({5, 2, 3}, {2, 4, 3}, {2, 4, 3}, grouped),
      "scaled_dot_product_attention: expected as many heads of keys as of values, and a multiple of "
      "them of queries, got 2, 2 and 5");
  CHECK_THROWS_AS(attend({5, 2, 3}, {0, 4, 3}, {0, 4, 3}, grouped), ShapeError);
  CHECK_THROWS_AS(attend({2, 3}, {4, 3}, {4, 3}, grouped), ShapeError);
  CHECK(attend({0, 2, 3}, {0, 4, 3}, {0, 4, 3}, grouped).shape() == Shape{0, 2, 3});
  CHECK_THROWS_WITH(attend({2, 3}, {4, 3}, {4, 3}, {.mask = zeros({4, 2})}), ContainsSubstring("[2, 4]"));
  CHECK_THROWS_WITH(
      attend({2, 3}, {4, 3}, {4, 3}, {.mask = zeros({3, 2, 4})}),
      "scaled_dot_product_attention: expected a mask that broadcasts to the scores [2, 4], got [3, 2, "
      "4]");
  CHECK_THROWS_AS(attend({2, 3}, {4, 3}, {4, 3}, {.mask = zeros({2, 4}, int64)}), DTypeError);
  CHECK_THROWS_AS(attend({2, 3}, {4, 3}, {4, 3}, {.dropout = 1.5}), ValueError);
  CHECK_THROWS_AS(scaled_dot_product_attention({}, {}, {}), ValueError);
  CHECK_THROWS_AS(scaled_dot_product_attention(zeros({2, 3}, int64), zeros({2, 3}), zeros({2, 3})),
                  DTypeError);
}

TEST_CASE("attention with nothing to see") {
  const Tensor q = uniform({2, 3}).set_requires_grad(), k = uniform({4, 3}), v = uniform({4, 3});
  const Tensor y = scaled_dot_product_attention(q, k, v, {.mask = tensor(false)});
  CHECK(equal(y, zeros({2, 3})));
  sum(y).backward();
  CHECK(equal(q.grad(), zeros({2, 3})));
  CHECK(equal(scaled_dot_product_attention(q, k, v, {.dropout = 1}), zeros({2, 3})));
  CHECK(equal(scaled_dot_product_attention(zeros({2, 3}), zeros({0, 3}), zeros({0, 3}), {.causal = true}),
              zeros({2, 3})));
  // The mean of the values for equal scores.
  CHECK(allclose(scaled_dot_product_attention(zeros({1, 3}), k, v), mean(v, 0, true)));
}

TEST_CASE("rotary positions keep lengths and differences") {
  const Tensor q = normal({7, 8}, 0, 1, float64), k = normal({7, 8}, 0, 1, float64), at = arange(7);
  for (const bool interleaved : {false, true}) {
    const RotaryOptions options{.interleaved = interleaved};
    const Tensor a = rotary_embedding(q, at, options), b = rotary_embedding(k, at, options);
    CHECK(allclose(norm(a, 2, -1), norm(q, 2, -1)));
    const Tensor later = rotary_embedding(q, at + 1000, options),
                 same = rotary_embedding(k, at + 1000, options);
    CHECK(allclose(matmul(a, transpose(b)), matmul(later, transpose(same))));
    CHECK(equal(rotary_embedding(q, zeros({}, int64), options), q));
  }
  CHECK_THROWS_WITH(rotary_embedding(zeros({2, 3}), at),
                    "rotary_embedding: expected x [..., D] with an even D, got [2, 3]");
  CHECK_THROWS_WITH(rotary_embedding(q, arange(7)(NewAxis)),
                    "rotary_embedding: expected positions that broadcast to [7], got [1, 7]");
  CHECK_THROWS_AS(rotary_embedding(q, {}), ValueError);
  CHECK_THROWS_AS(rotary_embedding(to(q, int64), at), DTypeError);
  CHECK_THROWS_AS(sinusoidal_positions(at, 0), ValueError);
  CHECK_THROWS_AS(sinusoidal_positions(at, std::numeric_limits<std::int64_t>::max()), Error);
  CHECK_THROWS_AS(sinusoidal_positions(at, std::numeric_limits<std::int64_t>::min()), ValueError);
}
