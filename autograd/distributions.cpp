// Probability distributions, in differentiable operations.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include <fmt/format.h>

#include <taper/autograd/distributions.h>
#include <taper/autograd/grad_mode.h>
#include <taper/autograd/ops/activation.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/index.h>
#include <taper/autograd/ops/math.h>
#include <taper/autograd/ops/reduce.h>
#include <taper/autograd/ops/shape.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/promotion.h>

namespace taper::distributions {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Pair {
  Tensor a, b;
};

// Two parameters in one floating dtype and one shape.
Pair parameters(const char* name, const Operand& a, const Operand& b) {
  for (const Operand* const x : {&a, &b})
    if (x->tensor != nullptr) compute::check_floating(name, *x->tensor);
  const bool numbers = a.tensor == nullptr && b.tensor == nullptr;
  const DType dtype = numbers ? default_dtype() : result_type(a, b);
  const auto tensor = [&](const Operand& x) {
    return x.tensor != nullptr ? to(*x.tensor, dtype) : scalar(x.number, dtype);
  };
  const Tensor first = tensor(a), second = tensor(b);
  const Shape shape = broadcast(name, first.shape(), second.shape());
  return {expand(first, shape), expand(second, shape)};
}

// Throws unless the condition holds for all elements of x.
void require(const char* name, const Tensor& condition, const Tensor& x, const char* expected) {
  if (sum(condition).item<std::int64_t>() == condition.numel()) return;
  const std::vector<bool> fine = condition.to_vector<bool>();
  const auto bad = static_cast<std::size_t>(std::find(fine.begin(), fine.end(), false) - fine.begin());
  throw ValueError(fmt::format("{}: expected {}, got {}", name, expected,
                               to(x.detach(), float64).to_vector<double>()[bad]));
}

void check_value(const char* function, const Tensor& value, const Shape& shape) {
  compute::check_defined(function, value, "the value");
  broadcast(function, value.shape(), shape);
}

Shape joined(Shape shape, const Shape& inner) {
  for (const std::int64_t extent : inner) shape.push_back(extent);
  return shape;
}

Tensor is_finite(const Tensor& x) { return (x > -infinity) & (x < infinity); }

// a * b, but 0 for 0 times an infinity.
Tensor times(const Tensor& a, const Tensor& b) { return a * where((a == 0) & !is_finite(b), 0, b); }

// The logarithm of a probability. The gradient at 0 is 0: an infinite one would make what is multiplied by 0
// NaN.
Tensor logarithm(const Tensor& p) {
  const Tensor positive = p > 0;
  return where(positive, log(where(positive, p, 1)), -infinity);
}

// Of 1 - p, precise for small ones.
Tensor logarithm_of_rest(const Tensor& p) {
  const Tensor below = p < 1;
  return where(below, log1p(-where(below, p, 0)), -infinity);
}

// True for probabilities. Throws unless there are either these or logits, and no NaN.
bool has_probabilities(const char* name, const Odds& odds) {
  if (odds.probabilities.defined() == odds.logits.defined())
    throw ValueError(fmt::format("{}: expected either probabilities or logits, got {}", name,
                                 odds.logits.defined() ? "both" : "neither"));
  const Tensor& given = odds.logits.defined() ? odds.logits : odds.probabilities;
  compute::check_floating(name, given);
  require(name, given == given, given, "numbers");
  return odds.probabilities.defined();
}

}  // namespace

Normal::Normal(const Operand& mean, const Operand& standard_deviation) {
  auto [a, b] = parameters("Normal", mean, standard_deviation);
  require("Normal", is_finite(a), a, "finite means");
  require("Normal", (b > 0) & is_finite(b), b, "finite standard deviations above 0");
  mean_ = std::move(a);
  deviation_ = std::move(b);
}

Tensor Normal::variance() const { return square(deviation_); }

Tensor Normal::sample(const Shape& shape, Generator& generator) const {
  const NoGrad guard;
  return rsample(shape, generator);
}

Tensor Normal::rsample(const Shape& shape, Generator& generator) const {
  return mean_ + deviation_ * normal(joined(shape, this->shape()), 0, 1, mean_.dtype(), generator);
}

Tensor Normal::log_prob(const Tensor& value) const {
  check_value("Normal::log_prob", value, shape());
  return square((value - mean_) / deviation_) * -0.5 - log(deviation_) - 0.5 * std::log(2 * std::numbers::pi);
}

Tensor Normal::entropy() const { return log(deviation_) + (0.5 + 0.5 * std::log(2 * std::numbers::pi)); }

Tensor kl_divergence(const Normal& p, const Normal& q) {
  broadcast("kl_divergence", p.shape(), q.shape());
  const Tensor ratio = square(p.deviation_ / q.deviation_);
  return (ratio + square((p.mean_ - q.mean_) / q.deviation_) - 1 - log(ratio)) / 2;
}

Uniform::Uniform(const Operand& low, const Operand& high) {
  auto [a, b] = parameters("Uniform", low, high);
  const Tensor length = b.detach() - a.detach();
  require("Uniform", (length > 0) & is_finite(length), length, "low < high with a finite high - low");
  low_ = std::move(a);
  high_ = std::move(b);
}

Tensor Uniform::mean() const { return (low_ + high_) / 2; }
Tensor Uniform::variance() const { return square(high_ - low_) / 12; }

Tensor Uniform::sample(const Shape& shape, Generator& generator) const {
  const NoGrad guard;
  return rsample(shape, generator);
}

Tensor Uniform::rsample(const Shape& shape, Generator& generator) const {
  return low_ + (high_ - low_) * uniform(joined(shape, this->shape()), 0, 1, low_.dtype(), generator);
}

Tensor Uniform::log_prob(const Tensor& value) const {
  check_value("Uniform::log_prob", value, shape());
  return where((value >= low_) & (value < high_), -log(high_ - low_), -infinity);
}

Tensor Uniform::entropy() const { return log(high_ - low_); }

Tensor kl_divergence(const Uniform& p, const Uniform& q) {
  broadcast("kl_divergence", p.shape(), q.shape());
  return where((p.low_ >= q.low_) & (p.high_ <= q.high_), q.entropy() - p.entropy(), infinity);
}

Bernoulli::Bernoulli(const Odds& odds) {
  if (has_probabilities("Bernoulli", odds)) {
    const Tensor& p = odds.probabilities;
    require("Bernoulli", (p >= 0) & (p <= 1), p, "probabilities between 0 and 1");
    one_ = p;
    zero_ = 1 - p;
    log_one_ = logarithm(p);
    log_zero_ = logarithm_of_rest(p);
  } else {
    one_ = sigmoid(odds.logits);
    zero_ = sigmoid(-odds.logits);
    log_one_ = -softplus(-odds.logits);
    log_zero_ = -softplus(odds.logits);
  }
}

Tensor Bernoulli::variance() const { return one_ * zero_; }

Tensor Bernoulli::sample(const Shape& shape, Generator& generator) const {
  return bernoulli(expand(one_.detach(), joined(shape, this->shape())), generator);
}

Tensor Bernoulli::log_prob(const Tensor& value) const {
  check_value("Bernoulli::log_prob", value, shape());
  return times(value, log_one_) + times(1 - value, log_zero_);
}

Tensor Bernoulli::entropy() const { return -(times(one_, log_one_) + times(zero_, log_zero_)); }

Tensor kl_divergence(const Bernoulli& p, const Bernoulli& q) {
  broadcast("kl_divergence", p.shape(), q.shape());
  return times(p.one_, p.log_one_ - q.log_one_) + times(p.zero_, p.log_zero_ - q.log_zero_);
}

Categorical::Categorical(const Odds& odds) {
  const bool probabilities = has_probabilities("Categorical", odds);
  const Tensor& given = probabilities ? odds.probabilities : odds.logits;
  if (given.rank() == 0 || given.size(-1) == 0)
    throw ShapeError(
        fmt::format("Categorical: expected at least one probability along the last axis, got shape {}",
                    to_string(given.shape())));
  if (probabilities) {
    require("Categorical", (given >= 0) & is_finite(given), given, "finite probabilities of at least 0");
    const Tensor total = sum(given, -1, true);
    require("Categorical", (total > 0) & is_finite(total), total, "probabilities with a finite sum above 0");
    probabilities_ = given / total;
    logarithms_ = logarithm(probabilities_);
  } else {
    const Tensor largest = max(given.detach(), -1);
    require("Categorical", is_finite(largest), largest, "logits below infinity, and not all -inf");
    logarithms_ = log_softmax(given, -1);
    probabilities_ = exp(logarithms_);
  }
  shape_ = given.shape();
  shape_.erase(-1);
}

Tensor Categorical::sample(const Shape& shape, Generator& generator) const {
  const std::int64_t count = Layout(shape, "Categorical::sample").numel();
  const Tensor drawn = multinomial(probabilities_.detach(), count, true, generator);
  return reshape(movedim(drawn, -1, 0), joined(shape, shape_));
}

Tensor Categorical::log_prob(const Tensor& value) const {
  check_value("Categorical::log_prob", value, shape_);
  if (!is_integer(value.dtype()))
    throw DTypeError(fmt::format("Categorical::log_prob: expected indices, which are integers, got {}",
                                 name(value.dtype())));
  const std::int64_t n = probabilities_.size(-1);
  if (sum((value < 0) | (value >= n)).item<std::int64_t>() != 0)
    throw IndexError(fmt::format("Categorical::log_prob: expected indices from 0 to {}", n - 1));
  const Shape shape = broadcast("Categorical::log_prob", value.shape(), shape_);
  const Tensor table = expand(logarithms_, joined(shape, {n}));
  return squeeze(gather(table, -1, unsqueeze(expand(value, shape), -1)), -1);
}

Tensor Categorical::entropy() const { return -sum(times(probabilities_, logarithms_), -1); }

Tensor kl_divergence(const Categorical& p, const Categorical& q) {
  broadcast("kl_divergence", p.shape(), q.shape());
  if (p.probabilities_.size(-1) != q.probabilities_.size(-1))
    throw ShapeError(fmt::format("kl_divergence: expected as many probabilities in both, got {} and {}",
                                 p.probabilities_.size(-1), q.probabilities_.size(-1)));
  return sum(times(p.probabilities_, p.logarithms_ - q.logarithms_), -1);
}

}  // namespace taper::distributions
