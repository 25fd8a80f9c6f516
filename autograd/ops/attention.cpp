// Attention, and what tells it positions.
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/attention.h>
#include <taper/autograd/ops/dropout.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/matmul.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/autograd/record.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>

namespace taper {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Shape leading(const Tensor& x) { return x.shape().without(x.rank() - 1).without(x.rank() - 2); }

// Throws unless the operands fit together; returns the shape of the scores.
Shape check_operands(const char* function, const Tensor& query, const Tensor& key, const Tensor& value,
                     const AttentionOptions& options) {
  compute::check_floating(function, query);
  compute::check_same_dtype(function, query, key, "the key");
  compute::check_same_dtype(function, query, value, "the value");
  const int least = options.grouped_queries ? 3 : 2;
  if (query.rank() < least || key.rank() < least || value.rank() < least || query.size(-1) != key.size(-1) ||
      key.size(-2) != value.size(-2))
    throw ShapeError(fmt::format(
        "{}: expected a query [..., {}L, E], a key [..., {}S, E] and a value [..., {}S, V], got {}, {} and "
        "{}",
        function, least == 3 ? "heads, " : "", least == 3 ? "heads, " : "", least == 3 ? "heads, " : "",
        to_string(query.shape()), to_string(key.shape()), to_string(value.shape())));
  Shape scores = leading(query), keys = leading(key), values = leading(value);
  if (options.grouped_queries) {
    const std::int64_t heads = scores.back(), shared = keys.back();
    if (shared != values.back() || (shared == 0 ? heads != 0 : heads % shared != 0))
      throw ShapeError(
          fmt::format("{}: expected as many heads of keys as of values, and a multiple of them of queries, "
                      "got {}, {} and {}",
                      function, shared, values.back(), heads));
    keys[-1] = values[-1] = heads;
  }
  scores = broadcast(function, broadcast(function, scores, keys), values);
  scores.push_back(query.size(-2));
  scores.push_back(key.size(-2));
  return scores;
}

// Whom each query sees, of a bool mask and `causal`; undefined: all.
Tensor seen(const Tensor& mask, bool causal, std::int64_t queries, std::int64_t keys) {
  if (!causal) return mask;
  const Tensor before = unsqueeze(arange(queries), 1) >= arange(keys);
  return mask.defined() ? mask & before : before;
}

// What is added to the scores, and which queries see no key, [..., L, 1]: these see all, so that their
// softmax is one, and get 0 as their result.
struct Bias {
  Tensor added, blind;
};
Bias bias_of(const char* function, const Tensor& query, const AttentionOptions& options,
             const Shape& scores) {
  const Tensor& mask = options.mask;
  const bool adds = mask.defined() && mask.dtype() != boolean;
  if (mask.defined()) {
    if (adds) compute::check_same_dtype(function, query, mask, "the mask (or bool)");
    if (broadcast(function, mask.shape(), scores) != scores)
      throw ShapeError(fmt::format("{}: expected a mask that broadcasts to the scores {}, got {}", function,
                                   to_string(scores), to_string(mask.shape())));
  }
  if (!mask.defined() && !options.causal) return {};
  if (scores.back() == 0) return {};
  const Tensor visible = seen(adds ? Tensor() : mask, options.causal, scores[-2], scores.back());
  Tensor added = adds ? mask : Tensor();
  if (visible.defined()) {
    const Tensor bias = where(visible, zeros({}, query.dtype()), -infinity);
    added = adds ? added + bias : bias;
  }
  const Tensor blind = all(added == -infinity, added.rank() == 0 ? Axes() : Axes(-1), added.rank() > 0);
  if (!any(blind).item<bool>()) return {added, {}};
  return {where(blind, 0, added), blind};
}

AttentionResult attend(const char* function, const Tensor& query, const Tensor& key, const Tensor& value,
                       const AttentionOptions& options, bool want_weights) {
  const Shape shape = check_operands(function, query, key, value, options);
  const Bias bias = bias_of(function, query, options, shape);
  const double scale =
      options.scale != 0 ? options.scale : 1 / std::sqrt(static_cast<double>(query.size(-1)));
  // Query heads with the same key head are the rows of one product.
  const bool grouped = options.grouped_queries && query.size(-3) != key.size(-3);
  const auto together = [&](const Tensor& x) {
    Shape rows = x.shape();
    rows[-3] = key.size(-3);
    rows[-2] = x.size(-3) / key.size(-3) * x.size(-2);
    return reshape(x, rows);
  };
  const auto apart = [&](const Tensor& x) {
    Shape heads = x.shape();
    heads[-3] = query.size(-3);
    heads[-2] = query.size(-2);
    return reshape(x, heads);
  };
  const Tensor scaled = query * scale, transposed = transpose(key);
  Tensor scores = grouped ? apart(matmul(together(scaled), transposed)) : matmul(scaled, transposed);
  if (bias.added.defined()) scores += bias.added;
  const Tensor weights = dropout(softmax(scores, -1), options.dropout);
  const Tensor result = grouped ? apart(matmul(together(weights), value)) : matmul(weights, value);
  if (!bias.blind.defined()) return {result, weights};
  return {where(bias.blind, 0, result), want_weights ? where(bias.blind, 0, weights) : Tensor()};
}

}  // namespace

Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const AttentionOptions& options) {
  return attend("scaled_dot_product_attention", query, key, value, options, false).output;
}

AttentionResult attention_with_weights(const Tensor& query, const Tensor& key, const Tensor& value,
                                       const AttentionOptions& options) {
  return attend("attention_with_weights", query, key, value, options, true);
}

namespace {

// Position / base^(2 i / features) for i = 0 .. count - 1, in float64.
Tensor angles(const char* function, const Tensor& positions, std::int64_t features, std::int64_t count,
              double base) {
  compute::check_defined(function, positions, "the positions");
  compute::check_calculable(function, positions.dtype());
  const Tensor exponents =
      arange(0, static_cast<double>(count), 1, float64) * (2. / static_cast<double>(features));
  return unsqueeze(to(positions.detach(), float64), -1) / pow(base, exponents);
}

// The halves of the features that turn together, and back.
struct Pairs {
  Tensor first, second;
  Pairs(const Tensor& x, bool interleaved) {
    const std::int64_t features = x.size(-1), half = features / 2;
    first = interleaved ? slice(x, -1, 0, features, 2) : narrow(x, -1, 0, half);
    second = interleaved ? slice(x, -1, 1, features, 2) : narrow(x, -1, half, half);
  }
};

// Each pair times the matrix [cosine, -sine; sine, cosine], whose transpose, for the gradient, is that of the
// opposite angle.
Tensor turned(const Tensor& x, const Tensor& cosine, const Tensor& sine, bool interleaved) {
  const Tensor value = [&] {
    const NoGrad no_grad;
    const Pairs pairs(x.detach(), interleaved);
    Tensor first = pairs.first * cosine, second = pairs.second * cosine;
    first -= pairs.second * sine;
    second += pairs.first * sine;
    return interleaved ? reshape(stack({first, second}, -1), x.shape()) : concat({first, second}, -1);
  }();
  return record("rotary_embedding", value, {x, save(cosine), save(sine)},
                [interleaved](const Backward& at, const Tensor& g) {
                  return std::array{turned(g, at.input(1), -at.input(2), interleaved), Tensor(), Tensor()};
                });
}

}  // namespace

Tensor rotary_embedding(const Tensor& x, const Tensor& positions, const RotaryOptions& options) {
  compute::check_floating("rotary_embedding", x);
  compute::check_defined("rotary_embedding", positions, "the positions");
  if (x.rank() == 0 || x.size(-1) % 2 != 0)
    throw ShapeError(
        fmt::format("rotary_embedding: expected x [..., D] with an even D, got {}", to_string(x.shape())));
  const Shape places = x.shape().without(x.rank() - 1);
  if (broadcast("rotary_embedding", positions.shape(), places) != places)
    throw ShapeError(fmt::format("rotary_embedding: expected positions that broadcast to {}, got {}",
                                 to_string(places), to_string(positions.shape())));
  const std::int64_t features = x.size(-1);
  const Tensor turns = angles("rotary_embedding", positions, features, features / 2, options.base);
  const Tensor cosine = to(cos(turns), x.dtype()), sine = to(sin(turns), x.dtype());
  return turned(x, cosine, sine, options.interleaved);
}

Tensor sinusoidal_positions(const Tensor& positions, std::int64_t features, double base, DType dtype) {
  compute::check_defined("sinusoidal_positions", positions, "the positions");
  if (features < 1)
    throw ValueError(fmt::format("sinusoidal_positions: expected at least 1 feature, got {}", features));
  const Tensor turns = angles("sinusoidal_positions", positions, features, features / 2 + features % 2, base);
  const Tensor both = to(flatten(stack({sin(turns), cos(turns)}, -1), -2), dtype);
  return narrow(both, -1, 0, features);
}

}  // namespace taper
