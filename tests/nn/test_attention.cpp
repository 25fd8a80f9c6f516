// Attention layers: options and inputs that do not fit, and generation step by step.
#include <cmath>

#include <catch.h>

#include <taper/taper.h>

using namespace taper;

namespace {

bool close(const Tensor& a, const Tensor& b) { return allclose(a, b, {1e-5, 1e-6}); }

}  // namespace

TEST_CASE("attention layers refuse options and inputs that do not fit") {
  CHECK_THROWS_WITH(nn::MultiheadAttention(4, 3),
                    "MultiheadAttention: num_heads must divide embed_dim, 4, got 3");
  CHECK_THROWS_WITH(nn::MultiheadAttention(8, 4, {.num_key_heads = 3}),
                    "MultiheadAttention: num_key_heads must divide num_heads, 4, got 3");
  CHECK_THROWS_AS(nn::MultiheadAttention(6, 2, {.rotary = true}), ValueError);
  CHECK_THROWS_AS(nn::MultiheadAttention(4, 2, {.dropout = -1}), ValueError);
  CHECK_THROWS_AS(nn::MultiheadAttention(4, 0), ValueError);
  CHECK_THROWS_AS(nn::MultiheadAttention(std::int64_t{1} << 60, 1), Error);
  CHECK_THROWS_AS(nn::TransformerEncoderLayer(4, 2, {.dropout = 2}), ValueError);
  CHECK_THROWS_AS(nn::TransformerEncoder({.d_model = 4, .nhead = 2}, 0), ValueError);
  CHECK_THROWS_AS(nn::LearnedPositions(0, 3), ValueError);
  CHECK_THROWS_AS(nn::SinusoidalPositions({.dropout = 2}), ValueError);

  const nn::MultiheadAttention attention(4, 2);
  const Tensor q = zeros({2, 3, 4}), k = zeros({5, 3, 4});
  CHECK_THROWS_WITH(attention(q, k, zeros({4, 3, 4})), ContainsSubstring("5 and 4 steps"));
  CHECK_THROWS_WITH(attention(q, k, k, nn::AttentionCall{.attn_mask = zeros({5, 2})}),
                    ContainsSubstring("expected an attn_mask [2, 5] or [6, 2, 5], got [5, 2]"));
  CHECK_THROWS_WITH(attention(q, k, k, nn::AttentionCall{.key_padding_mask = zeros({5, 3})}),
                    ContainsSubstring("the key_padding_mask of shape [3, 5], got [5, 3]"));
  CHECK_THROWS_WITH(attention(q, Tensor(), Tensor()), ContainsSubstring("or a cache that has some"));
  CHECK_THROWS_AS(attention(q, k, Tensor()), ValueError);
  CHECK_THROWS_AS(attention(q, zeros({5, 4}), zeros({5, 4})), ShapeError);
  CHECK_THROWS_AS(attention(zeros(4)), ShapeError);
  CHECK_THROWS_AS(attention(zeros({2, 3, 5})), ShapeError);
  CHECK_THROWS_AS(nn::LearnedPositions(3, 4)(zeros({4, 2, 4})), ValueError);
  CHECK_THROWS_AS(nn::LearnedPositions(3, 4)(zeros({2, 2, 4}), 2), ValueError);
  CHECK_THROWS_AS(nn::SinusoidalPositions()(zeros({4, 2, 4}), -1), ValueError);
  CHECK(attention(zeros({0, 3, 4})).output.shape() == Shape{0, 3, 4});
}

TEST_CASE("attention of a query that sees no key is 0") {
  const nn::MultiheadAttention attention(4, 2);
  const Tensor x = uniform({3, 1, 4});
  for (const bool wanted : {false, true}) {
    const auto [output, weights] =
        attention(x, nn::AttentionCall{.key_padding_mask = ones({1, 3}, boolean), .need_weights = wanted});
    CHECK(equal(output, zeros({3, 1, 4})));
    if (wanted) CHECK(equal(weights, zeros({1, 3, 3})));
  }
}

TEST_CASE("a cache of keys and values grows, forgets and is reordered") {
  nn::KeyValueCache cache;
  CHECK_FALSE(cache.key().defined());
  const Tensor k = uniform({2, 3, 50, 4}), v = uniform({2, 3, 50, 5});
  for (std::int64_t i = 0; i < 50; i += 5) cache.append(narrow(k, 2, i, 5), narrow(v, 2, i, 5));
  CHECK(equal(cache.key(), k));
  CHECK(equal(cache.value(), v));
  cache.truncate(7);
  CHECK(equal(cache.key(), narrow(k, 2, 0, 7)));
  cache.reorder(tensor({1, 1, 0}));
  CHECK(equal(cache.value()[2], narrow(v, 2, 0, 7)[0]));
  CHECK_THROWS_WITH(cache.append(k, v),
                    ContainsSubstring("KeyValueCache::append: expected the key of shape [3, 3, 50"));
  CHECK_THROWS_AS(cache.truncate(8), ValueError);
  CHECK_THROWS_AS(cache.reorder(tensor({3})), IndexError);
  nn::KeyValueCache fresh;
  CHECK_THROWS_WITH(fresh.append(clone(k).set_requires_grad(), v), ContainsSubstring("requires a gradient"));
  CHECK_THROWS_AS(fresh.append(k, narrow(v, 2, 0, 3)), ShapeError);
  CHECK_THROWS_AS(fresh.append({}, v), ValueError);
  CHECK(fresh.length() == 0);
}

TEST_CASE("generation step by step gives what all steps together give") {
  manual_seed(6);
  const NoGrad no_grad;
  const Tensor x = uniform({7, 2, 8}), memory = uniform({3, 2, 8});
  for (const bool rotary : {false, true})
    for (const std::int64_t key_heads : {4, 2, 1}) {
      INFO("rotary " << rotary << ", " << key_heads << " heads of keys");
      const nn::TransformerLayerOptions options{.d_model = 8,
                                                .nhead = 4,
                                                .dim_feedforward = 9,
                                                .dropout = 0,
                                                .num_key_heads = key_heads,
                                                .rotary = rotary};
      const nn::TransformerEncoder encoder(options, 2, true);
      const nn::TransformerDecoder decoder(options, 2, true);
      const Tensor encoded = encoder(x, nn::EncoderCall{.is_causal = true});
      const Tensor decoded = decoder(x, memory, nn::DecoderCall{.tgt_is_causal = true});
      std::vector<nn::KeyValueCache> caches;
      std::vector<nn::DecoderCache> decoder_caches;
      const nn::EncoderCall encode{.is_causal = true, .caches = &caches};
      const nn::DecoderCall decode{.tgt_is_causal = true, .caches = &decoder_caches};
      // The first steps together, then one by one.
      std::int64_t done = 0;
      for (const std::int64_t steps : {3, 1, 1, 2}) {
        const Tensor part = narrow(x, 0, done, steps);
        CHECK(close(encoder(part, encode), narrow(encoded, 0, done, steps)));
        CHECK(close(decoder(part, memory, decode), narrow(decoded, 0, done, steps)));
        done += steps;
      }
      CHECK(caches.size() == 2);
      CHECK(caches[0].length() == 7);
      CHECK(decoder_caches[1].memory.length() == 3);
      std::vector<nn::KeyValueCache> few(3);
      CHECK_THROWS_AS(encoder(x, nn::EncoderCall{.caches = &few}), ValueError);
    }
}

TEST_CASE("dropout of a transformer is of training alone") {
  manual_seed(7);
  nn::TransformerEncoderLayer layer(4, 2, {.dim_feedforward = 6, .dropout = 0.5});
  const Tensor x = uniform({3, 2, 4});
  CHECK_FALSE(equal(layer(x), layer(x)));
  layer.eval();
  CHECK(equal(layer(x), layer(x)));
}

TEST_CASE("a transformer learns to copy in reverse") {
  manual_seed(8);
  const nn::TransformerEncoder encoder({.d_model = 16, .nhead = 2, .dim_feedforward = 32, .dropout = 0}, 1,
                                       true);
  const nn::LearnedPositions positions(4, 16, {.standard_deviation = 1});
  std::vector<Tensor> parameters = encoder.parameters();
  parameters.push_back(positions.weight);
  optim::Adam optimizer(parameters, {.learning_rate = 0.01});
  const Tensor x = normal({4, 32, 16});
  const auto loss = [&] { return mse_loss(encoder(positions(x)), flip(layer_norm(x, {16}), 0)); };
  const float first = loss().item<float>();
  for (int i = 0; i < 60; ++i) optimizer.minimize(loss);
  CHECK(loss().item<float>() < first / 3);
}
