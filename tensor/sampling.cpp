// Random numbers: the exponential distribution, and distributions with a parameter for each element.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/kernels/elementwise.h>
#include <taper/tensor/random_words.h>

namespace taper {
namespace {

using compute::generate;
using compute::open_unit;
using compute::words_of;

}  // namespace

Tensor exponential(const Shape& shape, double rate, DType dtype, Generator& generator) {
  if (!is_floating(dtype))
    throw DTypeError(fmt::format("exponential: expected float32 or float64, got {}", name(dtype)));
  return visit_floating(dtype, [&]<class T>() {
    if (!(rate > 0) || !(40 / rate <= static_cast<double>(std::numeric_limits<T>::max())))
      throw ValueError(
          fmt::format("exponential: expected a rate above 0 for which 40 / rate is finite in {}, got {}",
                      name(dtype), rate));
    Tensor values = Tensor::empty(shape, dtype, "exponential");
    T* const out = static_cast<T*>(values.mutable_raw());
    const auto log1p =
        kernels::elementwise().unary[static_cast<int>(compute::Unary::log1p)][static_cast<int>(dtype)];
    // -log(1 - u) with u below 1 and, for small values, of more bits than 1 - u would have.
    const T most = 1 - std::numeric_limits<T>::epsilon() / 2, scale = static_cast<T>(-1 / rate);
    generate(generator, values.numel(), words_of<T>,
             [=](const std::uint32_t* words, std::int64_t begin, std::int64_t end) {
               for (std::int64_t i = begin; i < end; ++i, words += words_of<T>) {
                 const double u = sizeof(T) == 4 ? (words[0] + 0.5) * 0x1p-32 : open_unit(words);
                 out[i] = -std::min(static_cast<T>(u), most);
               }
               log1p({.rows = 1,
                      .count = end - begin,
                      .row_strides = {},
                      .strides = {1, 1},
                      .data = {out + begin, out + begin}});
               for (std::int64_t i = begin; i < end; ++i) out[i] *= scale;
             });
    return values;
  });
}

Tensor bernoulli(const Tensor& probabilities, Generator& generator) {
  compute::check_floating("bernoulli", probabilities);
  const Tensor source = compute::contiguous(probabilities);
  Tensor result = Tensor::empty(source.shape(), source.dtype(), "bernoulli");
  visit_floating(source.dtype(), [&]<class T>() {
    const T* const p = source.data<T>();
    T* const out = result.mutable_data<T>();
    generate(generator, source.numel(), 1,
             [=](const std::uint32_t* words, std::int64_t begin, std::int64_t end) {
               for (std::int64_t i = begin; i < end; ++i) {
                 if (!(p[i] >= 0 && p[i] <= 1))
                   throw ValueError(
                       fmt::format("bernoulli: expected probabilities between 0 and 1, got {}", p[i]));
                 out[i] = words[i - begin] * 0x1p-32 < p[i];
               }
             });
  });
  return result;
}

namespace {

// The logarithm of the probability of k, from 0 on, for a rate. Not by std::lgamma, which is not safe on
// several threads, and without the difference of large numbers that it would leave.
double log_poisson(double k, double rate) {
  if (k < 10) {
    double factorial = 1;
    for (int i = 2; i <= static_cast<int>(k); ++i) factorial *= i;
    return k * std::log(rate) - rate - std::log(factorial);
  }
  const double x = (rate - k) / k, inverse = 1 / k, square = inverse * inverse;
  return k * (std::log1p(x) - x) - 0.5 * std::log(2 * std::numbers::pi * k) -
         inverse * (1.0 / 12 - square * (1.0 / 360 - square / 1260));  // Stirling's series
}

// `words` are the first block of the element, whose own stream of numbers goes on with draw(1), draw(2), ...
// So drawing again for one element does not change the others.
template <class Draw>
double draw_poisson(double rate, const std::uint32_t* words, Draw&& draw) {
  if (rate < 10) {
    const double u = open_unit(words);
    double probability = std::exp(-rate), sum = probability, k = 0;
    // 100 is out of reach of u, but rounding might keep the sum below it.
    for (; u > sum && k < 100; sum += probability) probability *= rate / ++k;
    return k;
  }
  const double b = 0.931 + 2.53 * std::sqrt(rate), a = -0.059 + 0.02483 * b;
  const double alpha = 1.1239 + 1.1328 / (b - 3.4), most = 0.9277 - 3.6224 / (b - 2);
  std::array<std::uint32_t, 4> again;
  for (std::uint64_t attempt = 1;; words = again.data(), ++attempt) {
    const double u = open_unit(words) - 0.5, v = open_unit(words + 2), us = 0.5 - std::abs(u);
    const double k = std::floor((2 * a / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= most) return k;
    const bool outside = k < 0 || (us < 0.013 && v > us);
    if (!outside && std::log(v * alpha / (a / (us * us) + b)) <= log_poisson(k, rate)) return k;
    again = draw(attempt);
  }
}

}  // namespace

Tensor poisson(const Tensor& rates, Generator& generator) {
  compute::check_floating("poisson", rates);
  const Tensor source = compute::contiguous(rates);
  Tensor result = Tensor::empty(source.shape(), source.dtype(), "poisson");
  const std::int64_t count = source.numel();
  const std::uint64_t first = generator.advance(static_cast<std::uint64_t>(count)), seed = generator.seed();
  visit_floating(source.dtype(), [&]<class T>() {
    const T* const rate = source.data<T>();
    T* const out = result.mutable_data<T>();
    generate(seed, first, count, 4, [=](const std::uint32_t* words, std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i, words += 4) {
        if (!(rate[i] >= 0 && rate[i] <= std::numeric_limits<T>::max()))
          throw ValueError(fmt::format("poisson: expected finite rates of at least 0, got {}", rate[i]));
        out[i] = static_cast<T>(draw_poisson(rate[i], words, [&](std::uint64_t attempt) {
          return compute::philox_of({first + static_cast<std::uint64_t>(i), attempt}, seed);
        }));
      }
    });
  });
  return result;
}

}  // namespace taper
