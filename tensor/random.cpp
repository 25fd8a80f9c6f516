// Random numbers: distributions over blocks of Philox.
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/error.h>
#include <taper/tensor/kernels/random.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/random.h>
#include <taper/tensor/random_words.h>

namespace taper {
namespace {

using compute::generate;
using compute::join;
using compute::unit_of;
using compute::words_of;

__extension__ using Wide = unsigned __int128;

// Of the innermost RandomScope of this thread, or null.
constinit thread_local Generator* scoped = nullptr;
// The advice of the NoDefaultGenerator within it, or null.
constinit thread_local const char* forbidden = nullptr;

void check_floating(const char* function, DType dtype) {
  if (!is_floating(dtype))
    throw DTypeError(fmt::format("{}: expected float32 or float64, got {}", function, name(dtype)));
}

// Two normal numbers from two uniform numbers u. 1 - u is in (0, 1], so the logarithm is finite.
template <class T>
void box_muller(const std::uint32_t* words, double pair[2]) {
  const double radius = std::sqrt(-2 * std::log(1 - unit_of<T>(words)));
  const double angle = 2 * std::numbers::pi * unit_of<T>(words + words_of<T>);
  pair[0] = radius * std::cos(angle);
  pair[1] = radius * std::sin(angle);
}

// Whether a number is finite in a floating dtype.
bool is_finite(double value, DType dtype) {
  return visit_floating(dtype, [&]<class T>() {
    return std::abs(value) <= static_cast<double>(std::numeric_limits<T>::max());
  });
}

void check_normal(const char* function, double mean, double deviation, DType dtype) {
  check_floating(function, dtype);
  // No normal number that can be drawn is more than 9 deviations from the mean.
  if (!(deviation >= 0) || !is_finite(std::abs(mean) + 9 * deviation, dtype))
    throw ValueError(
        fmt::format("{}: expected a standard deviation of at least 0, and values up to 9 deviations from the "
                    "mean that are finite in {}, got mean {} and standard deviation {}",
                    function, name(dtype), mean, deviation));
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key) noexcept {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0],
                        b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

void Generator::manual_seed(std::uint64_t seed) noexcept {
  seed_.store(seed);
  position_.store(0);
}

Generator Generator::split(std::uint64_t key) const noexcept {
  const auto words = compute::philox_of({key, std::uint64_t{1} << 32}, seed());
  return Generator(join(words.data()));
}

Generator& default_generator() {
  static Generator shared;
  if (forbidden != nullptr) [[unlikely]]
    throw ValueError(fmt::format("default_generator: must not be used here: {}", forbidden));
  return scoped != nullptr ? *scoped : shared;
}

void manual_seed(std::uint64_t seed) { default_generator().manual_seed(seed); }

RandomScope::RandomScope(const Generator& from) noexcept
    : generator_(from),
      before_(std::exchange(scoped, &generator_)),
      advice_before_(std::exchange(forbidden, nullptr)) {}

RandomScope::~RandomScope() {
  scoped = before_;
  forbidden = advice_before_;
}

NoDefaultGenerator::NoDefaultGenerator(const char* advice) noexcept
    : before_(std::exchange(forbidden, advice)) {}

NoDefaultGenerator::~NoDefaultGenerator() { forbidden = before_; }

namespace {

Tensor draw_uniform(const char* function, const Shape& shape, double low, double high, DType dtype,
                    Generator& generator) {
  check_floating(function, dtype);
  if (!is_finite(low, dtype) || !is_finite(high, dtype) || !std::isfinite(high - low) || low > high)
    throw ValueError(fmt::format(
        "{}: expected low <= high, both finite in {} and with a finite difference, got low {} and "
        "high {}",
        function, name(dtype), low, high));
  Tensor result = Tensor::empty(shape, dtype, function);
  visit_floating(dtype, [&]<class T>() {
    T* const out = static_cast<T*>(result.mutable_raw());
    if (low < high && static_cast<T>(low) == static_cast<T>(high))
      throw ValueError(
          fmt::format("{}: low {} and high {} are the same number in {}", function, low, high, name(dtype)));
    // Rounding may give `high` itself; it is replaced by the largest value below.
    const T below = std::nextafter(static_cast<T>(high), static_cast<T>(low));
    generate(generator, result.numel(), words_of<T>,
             [=](const std::uint32_t* words, std::int64_t begin, std::int64_t end) {
               for (std::int64_t i = begin; i < end; ++i, words += words_of<T>) {
                 const T value = static_cast<T>(low + (high - low) * unit_of<T>(words));
                 out[i] = value < static_cast<T>(high) ? value : below;
               }
             });
  });
  return result;
}

Tensor draw_normal(const char* function, const Shape& shape, double mean, double standard_deviation,
                   DType dtype, Generator& generator) {
  check_normal(function, mean, standard_deviation, dtype);
  Tensor result = Tensor::empty(shape, dtype, function);
  visit_floating(dtype, [&]<class T>() {
    T* const out = static_cast<T*>(result.mutable_raw());
    const std::int64_t count = result.numel();
    generate(generator, (count + 1) / 2, 2 * words_of<T>,
             [=](const std::uint32_t* words, std::int64_t begin, std::int64_t end) {
               for (std::int64_t i = begin; i < end; ++i, words += 2 * words_of<T>) {
                 double pair[2];
                 box_muller<T>(words, pair);
                 for (int j = 0; j < 2 && 2 * i + j < count; ++j)
                   out[2 * i + j] = static_cast<T>(mean + standard_deviation * pair[j]);
               }
             });
  });
  return result;
}

Tensor draw_integers(const char* function, const Shape& shape, std::int64_t low, std::int64_t high,
                     DType dtype, Generator& generator) {
  if (!is_integer(dtype))
    throw DTypeError(fmt::format("{}: expected int32, int64 or uint8, got {}", function, name(dtype)));
  if (low >= high)
    throw ValueError(fmt::format("{}: expected low < high, got low {} and high {}", function, low, high));
  visit(dtype, [&]<class T>() {
    using Limits = std::numeric_limits<T>;
    if (low < static_cast<std::int64_t>(Limits::min()) || high - 1 > static_cast<std::int64_t>(Limits::max()))
      throw ValueError(fmt::format("{}: expected numbers from {} to {} for {}, got low {} and high {}",
                                   function, Limits::min(), Limits::max(), name(dtype), low, high));
  });
  Tensor result = Tensor::empty(shape, dtype, function);
  const std::uint64_t range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  visit(dtype, [&]<class T>() {
    T* const out = static_cast<T*>(result.mutable_raw());
    generate(generator, result.numel(), 2,
             [=](const std::uint32_t* words, std::int64_t begin, std::int64_t end) {
               for (std::int64_t i = begin; i < end; ++i, words += 2) {
                 // The high word of a 64 x 64-bit product: uniform up to 2^-64 of the range.
                 const auto scaled = static_cast<std::uint64_t>(static_cast<Wide>(join(words)) * range >> 64);
                 out[i] = static_cast<T>(static_cast<std::uint64_t>(low) + scaled);
               }
             });
  });
  return result;
}

}  // namespace

Tensor uniform(const Shape& shape, double low, double high, DType dtype, Generator& generator) {
  return draw_uniform("uniform", shape, low, high, dtype, generator);
}
Tensor uniform_like(const Tensor& like, double low, double high, Generator& generator) {
  compute::check_defined("uniform_like", like);
  return draw_uniform("uniform_like", like.shape(), low, high, like.dtype(), generator);
}

Tensor normal(const Shape& shape, double mean, double standard_deviation, DType dtype, Generator& generator) {
  return draw_normal("normal", shape, mean, standard_deviation, dtype, generator);
}
Tensor normal_like(const Tensor& like, double mean, double standard_deviation, Generator& generator) {
  compute::check_defined("normal_like", like);
  return draw_normal("normal_like", like.shape(), mean, standard_deviation, like.dtype(), generator);
}

Tensor random_integers(const Shape& shape, std::int64_t low, std::int64_t high, DType dtype,
                       Generator& generator) {
  return draw_integers("random_integers", shape, low, high, dtype, generator);
}
Tensor random_integers_like(const Tensor& like, std::int64_t low, std::int64_t high, Generator& generator) {
  compute::check_defined("random_integers_like", like);
  return draw_integers("random_integers_like", like.shape(), low, high, like.dtype(), generator);
}

Tensor truncated_normal(const Shape& shape, double mean, double standard_deviation, DType dtype,
                        Generator& generator) {
  check_normal("truncated_normal", mean, standard_deviation, dtype);
  Tensor result = Tensor::empty(shape, dtype, "truncated_normal");
  // Each element has its own stream of numbers (the high half of the counter is the attempt), so drawing
  // again for one element does not change the others.
  const std::uint64_t first = generator.advance(static_cast<std::uint64_t>(result.numel()));
  const std::uint64_t seed = generator.seed();
  visit_floating(dtype, [&]<class T>() {
    T* const out = static_cast<T*>(result.mutable_raw());
    const std::int64_t count = result.numel(), chunks = chunk_count(count, 4096);
    parallel_for(chunks, [&](std::int64_t chunk) {
      for (std::int64_t i = chunk_begin(chunk, chunks, count); i < chunk_begin(chunk + 1, chunks, count);
           ++i) {
        const std::uint64_t block = first + static_cast<std::uint64_t>(i);
        double pair[2] = {3, 3};
        for (std::uint32_t attempt = 1; std::abs(pair[0]) > 2; ++attempt) {
          const auto words = compute::philox_of({block, attempt}, seed);
          box_muller<T>(words.data(), pair);
          if (std::abs(pair[0]) > 2) pair[0] = pair[1];
        }
        out[i] = static_cast<T>(mean + standard_deviation * pair[0]);
      }
    });
  });
  return result;
}

Tensor bernoulli(const Shape& shape, double probability, DType dtype, Generator& generator) {
  if (!(probability >= 0 && probability <= 1))
    throw ValueError(fmt::format("bernoulli: expected a probability between 0 and 1, got {}", probability));
  compute::check_calculable("bernoulli", dtype);
  Tensor result = Tensor::empty(shape, dtype, "bernoulli");
  const auto threshold = static_cast<std::uint64_t>(std::llround(probability * 0x1p32));
  visit(dtype, [&]<class T>() {
    T* const out = static_cast<T*>(result.mutable_raw());
    generate(generator, result.numel(), 1,
             [=](const std::uint32_t* words, std::int64_t begin, std::int64_t end) {
               for (std::int64_t i = begin; i < end; ++i)
                 out[i] = static_cast<T>(words[i - begin] < threshold);
             });
  });
  return result;
}

Tensor permutation(std::int64_t count, Generator& generator) {
  if (count < 0) throw ValueError(fmt::format("permutation: expected a count of at least 0, got {}", count));
  Tensor result = Tensor::empty({count}, DType::int64, "permutation");
  std::int64_t* const out = result.mutable_data<std::int64_t>();
  std::iota(out, out + count, std::int64_t{0});
  const std::uint64_t first = generator.advance(static_cast<std::uint64_t>((count + 1) / 2));
  std::uint32_t words[4];
  for (std::int64_t i = 0; i < count; ++i) {
    if (i % 2 == 0)
      kernels::random().blocks(generator.seed(), first + static_cast<std::uint64_t>(i / 2), 1, words);
    const auto range = static_cast<Wide>(count - i);
    std::swap(out[i], out[i + static_cast<std::int64_t>(join(words + i % 2 * 2) * range >> 64)]);
  }
  return result;
}

}  // namespace taper
