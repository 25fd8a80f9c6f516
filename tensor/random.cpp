// Random numbers: distributions over blocks of Philox.
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include <taper/tensor/error.h>
#include <taper/tensor/kernels/random.h>
#include <taper/tensor/parallel.h>
#include <taper/tensor/random.h>

namespace taper {
namespace {

constexpr std::int64_t chunk_blocks = 256;
__extension__ using Wide = unsigned __int128;

// The advice of the current NoDefaultGenerator of this thread, or null.
constinit thread_local const char* forbidden = nullptr;

void check_floating(const char* function, DType dtype) {
  if (!is_floating(dtype))
    throw DTypeError(fmt::format("{}: expected float32 or float64, got {}", function, name(dtype)));
}

double unit(std::uint32_t word, float) { return (word >> 8) * 0x1p-24; }
double unit(std::uint64_t words) { return static_cast<double>(words >> 11) * 0x1p-53; }
std::uint64_t join(const std::uint32_t* words) { return words[0] | std::uint64_t{words[1]} << 32; }

// Calls fill(words, begin, end) for chunks of `count` elements, where element begin + i uses the words from i
// * words_each on. The words of an element depend only on its index.
template <class Fill>
void generate(Generator& generator, std::int64_t count, int words_each, Fill&& fill) {
  const std::int64_t blocks = (count * words_each + 3) / 4;
  const std::uint64_t first = generator.advance(static_cast<std::uint64_t>(blocks));
  const std::uint64_t seed = generator.seed();
  const std::int64_t per_chunk = chunk_blocks * 4 / words_each;
  const std::int64_t chunks = (count + per_chunk - 1) / per_chunk;
  const auto run = [&](std::int64_t chunk) {
    alignas(64) std::uint32_t words[chunk_blocks * 4];
    const std::int64_t begin = chunk * per_chunk, end = std::min(count, begin + per_chunk);
    kernels::random().blocks(seed, first + static_cast<std::uint64_t>(chunk * chunk_blocks), chunk_blocks,
                             words);
    fill(words, begin, end);
  };
  const std::int64_t groups = chunk_count(chunks, 16);
  parallel_for(groups, [&](std::int64_t group) {
    for (std::int64_t i = chunk_begin(group, groups, chunks); i < chunk_begin(group + 1, groups, chunks); ++i)
      run(i);
  });
}

template <class T>
constexpr int words_of = sizeof(T) / 4;

template <class T>
double unit_of(const std::uint32_t* words) {
  if constexpr (sizeof(T) == 4)
    return unit(words[0], 0.0f);
  else
    return unit(join(words));
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

Generator& default_generator() {
  static Generator generator;
  if (forbidden != nullptr) [[unlikely]]
    throw ValueError(fmt::format("default_generator: must not be used here: {}", forbidden));
  return generator;
}

void manual_seed(std::uint64_t seed) { default_generator().manual_seed(seed); }

NoDefaultGenerator::NoDefaultGenerator(const char* advice) noexcept
    : before_(std::exchange(forbidden, advice)) {}

NoDefaultGenerator::~NoDefaultGenerator() { forbidden = before_; }

Tensor uniform(const Shape& shape, double low, double high, DType dtype, Generator& generator) {
  check_floating("uniform", dtype);
  if (!is_finite(low, dtype) || !is_finite(high, dtype) || !std::isfinite(high - low) || low > high)
    throw ValueError(
        fmt::format("uniform: expected low <= high, both finite in {} and with a finite difference, got low "
                    "{} and high {}",
                    name(dtype), low, high));
  Tensor result = Tensor::empty(shape, dtype, "uniform");
  visit_floating(dtype, [&]<class T>() {
    T* const out = static_cast<T*>(result.mutable_raw());
    if (low < high && static_cast<T>(low) == static_cast<T>(high))
      throw ValueError(
          fmt::format("uniform: low {} and high {} are the same number in {}", low, high, name(dtype)));
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

Tensor normal(const Shape& shape, double mean, double standard_deviation, DType dtype, Generator& generator) {
  check_normal("normal", mean, standard_deviation, dtype);
  Tensor result = Tensor::empty(shape, dtype, "normal");
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
          const auto words =
              philox({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), attempt, 0},
                     {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
          box_muller<T>(words.data(), pair);
          if (std::abs(pair[0]) > 2) pair[0] = pair[1];
        }
        out[i] = static_cast<T>(mean + standard_deviation * pair[0]);
      }
    });
  });
  return result;
}

Tensor random_integers(const Shape& shape, std::int64_t low, std::int64_t high, DType dtype,
                       Generator& generator) {
  if (is_floating(dtype) || dtype == DType::boolean)
    throw DTypeError(fmt::format("random_integers: expected int32, int64 or uint8, got {}", name(dtype)));
  if (low >= high)
    throw ValueError(fmt::format("random_integers: expected low < high, got low {} and high {}", low, high));
  visit(dtype, [&]<class T>() {
    using Limits = std::numeric_limits<T>;
    if (low < static_cast<std::int64_t>(Limits::min()) || high - 1 > static_cast<std::int64_t>(Limits::max()))
      throw ValueError(
          fmt::format("random_integers: expected numbers from {} to {} for {}, got low {} and high {}",
                      Limits::min(), Limits::max(), name(dtype), low, high));
  });
  Tensor result = Tensor::empty(shape, dtype, "random_integers");
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

Tensor bernoulli(const Shape& shape, double probability, DType dtype, Generator& generator) {
  if (!(probability >= 0 && probability <= 1))
    throw ValueError(fmt::format("bernoulli: expected a probability between 0 and 1, got {}", probability));
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
