// Initializers.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/autograd/ops/arrange.h>
#include <taper/autograd/ops/indexing.h>
#include <taper/autograd/ops/linalg.h>
#include <taper/autograd/ops/shape.h>
#include <taper/nn/init.h>
#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/parallel.h>

namespace taper::nn {
namespace {

void fill(Tensor tensor, const Tensor& values) { compute::copy(tensor, values); }

void fill(const char* function, const Tensor& tensor, double value) {
  compute::check_floating(function, tensor);
  fill(tensor, scalar(value, tensor.dtype()));
}

struct Fans {
  double in = 1, out = 1;
};

Fans fans(const char* function, const Tensor& tensor) {
  compute::check_defined(function, tensor);
  const Shape& shape = tensor.shape();
  if (shape.empty()) return {};
  if (shape.rank() == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  double receptive = 1;
  for (int i = 2; i < shape.rank(); ++i) receptive *= static_cast<double>(shape[i]);
  return {receptive * static_cast<double>(shape[1]), receptive * static_cast<double>(shape[0])};
}

// A weight has at least an axis of outputs and one of inputs.
void check_weight(const char* function, const Tensor& tensor) {
  compute::check_floating(function, tensor);
  if (tensor.rank() < 2)
    throw ShapeError(fmt::format("{}: expected a weight of rank 2 or more, got shape {}", function,
                                 to_string(tensor.shape())));
}

void check_matrix(const char* function, const Tensor& tensor) {
  compute::check_floating(function, tensor);
  if (tensor.rank() != 2)
    throw ShapeError(fmt::format("{}: expected a matrix, got shape {}", function, to_string(tensor.shape())));
}

void draw_uniform(const char* function, const Tensor& tensor, double low, double high, Generator& generator) {
  compute::check_floating(function, tensor);
  fill(tensor, taper::uniform(tensor.shape(), low, high, tensor.dtype(), generator));
}

void draw_normal(const char* function, const Tensor& tensor, double mean, double deviation,
                 Generator& generator) {
  compute::check_floating(function, tensor);
  fill(tensor, taper::normal(tensor.shape(), mean, deviation, tensor.dtype(), generator));
}

void draw_truncated_normal(const char* function, const Tensor& tensor, double mean, double deviation,
                           Generator& generator) {
  compute::check_floating(function, tensor);
  fill(tensor, taper::truncated_normal(tensor.shape(), mean, deviation, tensor.dtype(), generator));
}

using init::Distribution;
using init::FanMode;

void scale_variance(const char* function, const Tensor& tensor, const init::VarianceScaling& options,
                    Generator& generator) {
  const Fans all = fans(function, tensor);
  if (!(options.scale >= 0 && std::isfinite(options.scale)))
    throw ValueError(fmt::format("{}: expected a scale of at least 0, got {}", function, options.scale));
  const double fan = options.mode == FanMode::fan_in    ? all.in
                     : options.mode == FanMode::fan_out ? all.out
                                                        : (all.in + all.out) / 2;
  const double deviation = std::sqrt(options.scale / std::max(fan, 1.0));
  switch (options.distribution) {
    case Distribution::uniform: {
      const double limit = std::sqrt(3.0) * deviation;
      return draw_uniform(function, tensor, -limit, limit, generator);
    }
    case Distribution::untruncated_normal:
      return draw_normal(function, tensor, 0, deviation, generator);
    case Distribution::truncated_normal: {
      // The standard deviation of a standard normal distribution truncated at +-2.
      constexpr double cut = 0.87962566103423978;
      return draw_truncated_normal(function, tensor, 0, deviation / cut, generator);
    }
  }
}

void scale_weight(const char* function, const Tensor& tensor, double gain, FanMode mode,
                  Distribution distribution, Generator& generator) {
  check_weight(function, tensor);
  scale_variance(function, tensor, {gain * gain, mode, distribution}, generator);
}

// Numbers in (0, 1) for one element, two at each attempt.
class Stream {
 public:
  Stream(std::uint64_t block, std::uint64_t seed) : block_(block), seed_(seed) {}
  std::array<double, 2> next() {
    const auto low = [](std::uint64_t word) { return static_cast<std::uint32_t>(word); };
    const auto words =
        philox({low(block_), low(block_ >> 32), ++attempt_, 0}, {low(seed_), low(seed_ >> 32)});
    const auto unit = [&](std::size_t i) {
      const std::uint64_t joined = words[i] | std::uint64_t{words[i + 1]} << 32;
      return (static_cast<double>(joined >> 12) + 0.5) * 0x1p-52;
    };
    return {unit(0), unit(2)};
  }

 private:
  std::uint64_t block_, seed_;
  std::uint32_t attempt_ = 0;
};

// Standard normal within [a, b], where b > 0 and b >= -a. Of what each loop draws, it takes at least a third.
double truncated(double a, double b, Stream& stream) {
  if (a > 1e100) return a;
  if (a <= 0 && b - a > 2.5)
    for (;;) {
      const auto [u, v] = stream.next();
      const double x = std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
      if (x >= a && x <= b) return x;
    }
  const double nearest = std::max(a, 0.0), root = std::sqrt(a * a + 4), rate = (a + root) / 2;
  // An exponential distribution is nearer than a uniform one to the normal one from a on.
  const bool exponential = a > 0 && b - a > std::exp(0.5 + (a * a - a * root) / 4) / rate;
  for (;;) {
    const auto [u, v] = stream.next();
    const double x = exponential ? a - std::log(u) / rate : a + u * (b - a);
    const double density = exponential ? -(x - rate) * (x - rate) / 2 : (nearest - x) * (nearest + x) / 2;
    if (x <= b && std::log(v) <= density) return x;
  }
}

}  // namespace

namespace init {

void constant(const Tensor& tensor, double value) { fill("constant", tensor, value); }
void zeros(const Tensor& tensor, Generator&) { fill("zeros", tensor, 0); }
void ones(const Tensor& tensor, Generator&) { fill("ones", tensor, 1); }

void uniform(const Tensor& tensor, double low, double high, Generator& generator) {
  draw_uniform("uniform", tensor, low, high, generator);
}
void normal(const Tensor& tensor, double mean, double standard_deviation, Generator& generator) {
  draw_normal("normal", tensor, mean, standard_deviation, generator);
}
void random_uniform(const Tensor& tensor, double low, double high, Generator& generator) {
  draw_uniform("random_uniform", tensor, low, high, generator);
}
void random_normal(const Tensor& tensor, double mean, double standard_deviation, Generator& generator) {
  draw_normal("random_normal", tensor, mean, standard_deviation, generator);
}
void truncated_normal(const Tensor& tensor, double mean, double standard_deviation, Generator& generator) {
  draw_truncated_normal("truncated_normal", tensor, mean, standard_deviation, generator);
}

void variance_scaling(const Tensor& tensor, const VarianceScaling& options, Generator& generator) {
  scale_variance("variance_scaling", tensor, options, generator);
}
void glorot_uniform(const Tensor& tensor, Generator& generator) {
  scale_variance("glorot_uniform", tensor, {1, FanMode::fan_avg, Distribution::uniform}, generator);
}
void glorot_normal(const Tensor& tensor, Generator& generator) {
  scale_variance("glorot_normal", tensor, {1, FanMode::fan_avg}, generator);
}
void he_uniform(const Tensor& tensor, Generator& generator) {
  scale_variance("he_uniform", tensor, {2, FanMode::fan_in, Distribution::uniform}, generator);
}
void he_normal(const Tensor& tensor, Generator& generator) {
  scale_variance("he_normal", tensor, {2}, generator);
}
void lecun_uniform(const Tensor& tensor, Generator& generator) {
  scale_variance("lecun_uniform", tensor, {1, FanMode::fan_in, Distribution::uniform}, generator);
}
void lecun_normal(const Tensor& tensor, Generator& generator) {
  scale_variance("lecun_normal", tensor, {}, generator);
}
void fan_in_uniform(const Tensor& tensor, Generator& generator) {
  scale_variance("fan_in_uniform", tensor, {1.0 / 3, FanMode::fan_in, Distribution::uniform}, generator);
}

double gain(Nonlinearity nonlinearity, double parameter) {
  switch (nonlinearity) {
    case Nonlinearity::tanh:
      return 5.0 / 3;
    case Nonlinearity::relu:
      return std::numbers::sqrt2;
    case Nonlinearity::leaky_relu:
      return std::sqrt(2 / (1 + parameter * parameter));
    case Nonlinearity::selu:
      return 0.75;
    default:
      return 1;
  }
}

void xavier_uniform(const Tensor& tensor, double gain, Generator& generator) {
  scale_weight("xavier_uniform", tensor, gain, FanMode::fan_avg, Distribution::uniform, generator);
}
void xavier_normal(const Tensor& tensor, double gain, Generator& generator) {
  scale_weight("xavier_normal", tensor, gain, FanMode::fan_avg, Distribution::untruncated_normal, generator);
}
void kaiming_uniform(const Tensor& tensor, const Kaiming& options, Generator& generator) {
  scale_weight("kaiming_uniform", tensor, gain(options.nonlinearity, options.a), options.mode,
               Distribution::uniform, generator);
}
void kaiming_normal(const Tensor& tensor, const Kaiming& options, Generator& generator) {
  scale_weight("kaiming_normal", tensor, gain(options.nonlinearity, options.a), options.mode,
               Distribution::untruncated_normal, generator);
}

void trunc_normal(const Tensor& tensor, const TruncNormal& options, Generator& generator) {
  compute::check_floating("trunc_normal", tensor);
  const auto [mean, deviation, low, high] = options;
  if (!(deviation > 0 && low < high && std::isfinite(mean / deviation) && std::isfinite(deviation)))
    throw ValueError(fmt::format("trunc_normal: expected a deviation above 0 and a < b, got {}, {} and {}",
                                 deviation, low, high));
  const double a = (low - mean) / deviation, b = (high - mean) / deviation;
  const double side = a + b < 0 ? -1 : 1;  // so that most of what is drawn lies above 0
  Tensor values = Tensor::empty(tensor.shape(), float64, "trunc_normal");
  double* const out = values.mutable_data<double>();
  const std::int64_t count = values.numel(), chunks = chunk_count(count, 4096);
  const std::uint64_t first = generator.advance(static_cast<std::uint64_t>(count)), seed = generator.seed();
  parallel_for(chunks, [&, mean = mean, deviation = deviation, low = low, high = high](std::int64_t chunk) {
    for (std::int64_t i = chunk_begin(chunk, chunks, count); i < chunk_begin(chunk + 1, chunks, count); ++i) {
      Stream stream(first + static_cast<std::uint64_t>(i), seed);
      const double x = side > 0 ? truncated(a, b, stream) : -truncated(-b, -a, stream);
      out[i] = std::clamp(mean + deviation * x, low, high);
    }
  });
  fill(tensor, values);
}

void orthogonal(const Tensor& tensor, double gain, Generator& generator) {
  check_weight("orthogonal", tensor);
  if (tensor.numel() == 0) return;
  const std::int64_t rows = tensor.size(0), columns = tensor.numel() / rows;
  const NoGrad guard;
  const auto [q, r] =
      qr(taper::normal({std::max(rows, columns), std::min(rows, columns)}, 0, 1, float64, generator));
  // With the signs of the diagonal of r each orthogonal matrix is equally likely.
  const Tensor values = q * where(diagonal(r) < 0, -gain, gain);
  fill(tensor, reshape(rows < columns ? transpose(values) : values, tensor.shape()));
}

void identity(const Tensor& tensor, double gain) {
  check_matrix("identity", tensor);
  fill(tensor, gain * taper::eye(tensor.size(0), tensor.size(1), tensor.dtype()));
}
void eye(const Tensor& tensor) { identity(tensor); }

void dirac(const Tensor& tensor, std::int64_t groups) {
  compute::check_floating("dirac", tensor);
  if (tensor.rank() < 3 || tensor.rank() > 5)
    throw ShapeError(
        fmt::format("dirac: expected a weight of rank 3 to 5, got shape {}", to_string(tensor.shape())));
  const std::int64_t out = tensor.size(0);
  if (groups < 1 || out % groups != 0)
    throw ValueError(fmt::format("dirac: expected a number of groups that divides {}, got {}", out, groups));
  Tensor values = taper::zeros(tensor.shape(), float64);
  Tensor middle = values;  // [out, in], at the middle of the kernel
  while (middle.rank() > 2) {
    if (middle.size(2) == 0) return;
    middle = select(middle, 2, middle.size(2) / 2);
  }
  const std::int64_t each = out / groups;
  for (std::int64_t group = 0; group < groups; ++group)
    identity(slice(middle, 0, group * each, (group + 1) * each));
  fill(tensor, values);
}

void sparse(const Tensor& tensor, double sparsity, double standard_deviation, Generator& generator) {
  check_matrix("sparse", tensor);
  if (!(sparsity >= 0 && sparsity <= 1))
    throw ValueError(fmt::format("sparse: expected a sparsity from 0 to 1, got {}", sparsity));
  const std::int64_t rows = tensor.size(0), columns = tensor.size(1);
  const auto none = static_cast<std::int64_t>(std::ceil(sparsity * static_cast<double>(rows)));
  const Tensor values = taper::normal(tensor.shape(), 0, standard_deviation, tensor.dtype(), generator);
  for (std::int64_t column = 0; column < columns; ++column)
    assign(values, {slice(permutation(rows, generator), 0, 0, none), column}, 0);
  fill(tensor, values);
}

}  // namespace init

void initialize(const Tensor& weight, const Initializer& weight_initializer, const Tensor& bias,
                const Initializer& bias_initializer) {
  Generator& generator = default_generator();
  weight_initializer ? weight_initializer(weight, generator) : init::fan_in_uniform(weight, generator);
  if (!bias.defined()) return;
  const double limit = 1 / std::sqrt(std::max(fans("initialize", weight).in, 1.0));
  bias_initializer ? bias_initializer(bias, generator) : init::uniform(bias, -limit, limit, generator);
}

}  // namespace taper::nn
