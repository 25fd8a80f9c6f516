// Random numbers with a parameter for each element, and drawing by weights.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>
#include <taper/tensor/kernels/elementwise.h>
#include <taper/tensor/memory.h>
#include <taper/tensor/random_words.h>

namespace taper {
namespace {

using compute::generate;
using compute::open_unit;
using compute::words_of;

// Calls body(i) for 0..count-1 in chunks of about `grain`.
template <class Body>
void for_each(std::int64_t count, std::int64_t grain, Body&& body) {
  const std::int64_t chunks = chunk_count(count, grain);
  parallel_for(chunks, [&](std::int64_t chunk) {
    for (std::int64_t i = chunk_begin(chunk, chunks, count); i < chunk_begin(chunk + 1, chunks, count); ++i)
      body(i);
  });
}

template <class T>
bool is_at_least_0(T x) {  // false for NaN
  return x >= 0 && x <= std::numeric_limits<T>::max();
}

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

// An element has its own stream of numbers, so drawing again for one does not change the others.
double draw_poisson(double rate, std::uint64_t seed, std::uint64_t block) {
  const auto draw = [&](std::uint64_t attempt) { return compute::philox_of({block, attempt}, seed); };
  if (rate < 10) {
    const auto words = draw(0);
    const double u = open_unit(words.data());
    double probability = std::exp(-rate), sum = probability, k = 0;
    // 100 is out of reach of u, but rounding might keep the sum below it.
    for (; u > sum && k < 100; sum += probability) probability *= rate / ++k;
    return k;
  }
  const double b = 0.931 + 2.53 * std::sqrt(rate), a = -0.059 + 0.02483 * b;
  const double alpha = 1.1239 + 1.1328 / (b - 3.4), most = 0.9277 - 3.6224 / (b - 2);
  for (std::uint64_t attempt = 0;; ++attempt) {
    const auto words = draw(attempt);
    const double u = open_unit(words.data()) - 0.5, v = open_unit(words.data() + 2), us = 0.5 - std::abs(u);
    const double k = std::floor((2 * a / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= most) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (std::log(v * alpha / (a / (us * us) + b)) <= log_poisson(k, rate)) return k;
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
    for_each(count, 2048, [=](std::int64_t i) {
      if (!is_at_least_0(rate[i]))
        throw ValueError(fmt::format("poisson: expected finite rates of at least 0, got {}", rate[i]));
      out[i] = static_cast<T>(draw_poisson(rate[i], seed, first + static_cast<std::uint64_t>(i)));
    });
  });
  return result;
}

namespace {

template <class T>
void check_weight(T weight) {
  if (!is_at_least_0(weight)) [[unlikely]]
    throw ValueError(fmt::format("multinomial: expected finite weights of at least 0, got {}", weight));
}

// With replacement: an index is found by binary search among the sums up to each block of weights, and then
// in its block.
template <class T>
void draw_with_replacement(const T* weights, std::int64_t rows, std::int64_t n, std::int64_t count,
                           Generator& generator, std::int64_t* out) {
  constexpr std::int64_t block = 16;
  const std::int64_t blocks = (n + block - 1) / block;
  Tensor workspace = Tensor::empty({rows * blocks}, float64, "multinomial");
  double* const sums = workspace.mutable_data<double>();
  for_each(rows * blocks, grain::reduced / block, [&](std::int64_t i) {
    const T* const row = weights + i / blocks * n;
    double sum = 0;
    for (std::int64_t j = i % blocks * block, end = std::min(j + block, n); j < end; ++j) {
      check_weight(row[j]);
      sum += static_cast<double>(row[j]);
    }
    sums[i] = sum;
  });
  for_each(rows, grain::reduced / blocks + 1, [&](std::int64_t row) {
    double* const own = sums + row * blocks;
    for (std::int64_t i = 1; i < blocks; ++i) own[i] += own[i - 1];
    if (!(own[blocks - 1] > 0) || !is_at_least_0(own[blocks - 1]))
      throw ValueError(fmt::format(
          "multinomial: expected weights with a finite sum above 0, got {} in row {}", own[blocks - 1], row));
  });
  generate(generator, rows * count, 2, [&](const std::uint32_t* words, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i, words += 2) {
      const std::int64_t row = i / count;
      const double *const own = sums + row * blocks, total = own[blocks - 1];
      // Below the total, also where rounding would reach it.
      const double at = std::min(open_unit(words) * total, std::nextafter(total, 0.0));
      const std::int64_t found = std::upper_bound(own, own + blocks - 1, at) - own;
      const double rest = found == 0 ? at : at - own[found - 1];
      const T* const from = weights + row * n;
      double sum = 0;
      std::int64_t last = 0;  // with a weight: rounding may leave `rest` above the sum of the block
      for (std::int64_t j = found * block, stop = std::min(j + block, n); j < stop && sum <= rest; ++j)
        if (from[j] > 0) {
          sum += static_cast<double>(from[j]);
          last = j;
        }
      out[i] = last;
    }
  });
}

// Note [Races]
// Drawing one after the other without replacement is the same as a race: each index finishes after an
// exponential time, at a rate that is its weight, and the first `count` are taken in their order (Efraimidis,
// Spirakis: Weighted random sampling with a reservoir; 2006). Only the few times that are below the last of
// the best so far are computed. Their logarithms are compared, which have no limits of range.
struct Finish {
  double time;
  std::int64_t index;
  bool operator<(const Finish& other) const {
    return time < other.time || (time == other.time && index < other.index);
  }
};

class Race {
 public:
  explicit Race(std::int64_t count)
      : count_(static_cast<std::size_t>(count)), capacity_(count_ + std::max<std::size_t>(count_, 8)) {}

  // Indices begin..end-1 of a row, whose random numbers begin with block `first`; begin is even.
  template <class T>
  void run(const T* weights, std::int64_t begin, std::int64_t end, std::uint64_t seed, std::uint64_t first) {
    constexpr std::int64_t piece = 512;
    alignas(64) std::uint32_t words[2 * piece];
    for (std::int64_t at = begin; at < end; at += piece) {
      const std::int64_t stop = std::min(at + piece, end);
      kernels::random().blocks(seed, first + static_cast<std::uint64_t>(at / 2), (stop - at + 1) / 2, words);
      for (std::int64_t i = at; i < stop; ++i) {
        check_weight(weights[i]);
        // The time -log(1 - u) / weight is at least u / weight.
        const double u = open_unit(words + 2 * (i - at)), weight = static_cast<double>(weights[i]);
        if (u < limit_ * weight) add({std::log(-std::log1p(-u)) - std::log(weight), i});
      }
    }
  }
  void join(const Race& other) { best_.insert(best_.end(), other.best_.begin(), other.best_.end()); }

  void write(std::int64_t* out) {
    if (best_.size() < count_)
      throw ValueError(
          fmt::format("multinomial: expected at least {} weights above 0 to draw without replacement, got {}",
                      count_, best_.size()));
    std::partial_sort(best_.begin(), best_.begin() + static_cast<std::ptrdiff_t>(count_), best_.end());
    for (std::size_t i = 0; i < count_; ++i) out[i] = best_[i].index;
  }
  void clear() {
    best_.clear();
    limit_ = std::numeric_limits<double>::infinity();  // times a weight of 0: NaN, never more than u
  }

 private:
  void add(Finish finish) {
    best_.push_back(finish);
    if (best_.size() < capacity_) return;
    const auto last = best_.begin() + static_cast<std::ptrdiff_t>(count_) - 1;
    std::nth_element(best_.begin(), last, best_.end());
    limit_ = std::max(std::exp(last->time) * (1 + 1e-9), 1e-290);  // rounded up
    best_.resize(count_);
  }

  std::vector<Finish, memory::Allocator<Finish>> best_;  // the first `count_` are among them
  std::size_t count_, capacity_;
  double limit_ = std::numeric_limits<double>::infinity();
};

template <class T>
void draw_without_replacement(const T* weights, std::int64_t rows, std::int64_t n, std::int64_t count,
                              Generator& generator, std::int64_t* out) {
  const std::int64_t blocks = (n + 1) / 2;
  const std::uint64_t first = generator.advance(static_cast<std::uint64_t>(rows * blocks));
  const std::uint64_t seed = generator.seed();
  const auto first_of = [&](std::int64_t row) { return first + static_cast<std::uint64_t>(row * blocks); };
  const std::int64_t parts = chunk_count(n, std::max(grain::reduced, 8 * count));
  if (parts > 1) {
    for (std::int64_t row = 0; row < rows; ++row) {
      std::vector<Race> races(static_cast<std::size_t>(parts), Race(count));
      parallel_for(parts, [&](std::int64_t part) {
        races[static_cast<std::size_t>(part)].run(weights + row * n, chunk_begin(part, parts, n, 2),
                                                  chunk_begin(part + 1, parts, n, 2), seed, first_of(row));
      });
      for (std::size_t i = 1; i < races.size(); ++i) races[0].join(races[i]);
      races[0].write(out + row * count);
    }
    return;
  }
  const std::int64_t chunks = chunk_count(rows, grain::reduced / n + 1);
  parallel_for(chunks, [&](std::int64_t chunk) {
    Race race(count);
    for (std::int64_t row = chunk_begin(chunk, chunks, rows); row < chunk_begin(chunk + 1, chunks, rows);
         ++row) {
      race.clear();
      race.run(weights + row * n, 0, n, seed, first_of(row));
      race.write(out + row * count);
    }
  });
}

}  // namespace

Tensor multinomial(const Tensor& weights, std::int64_t count, bool replacement, Generator& generator) {
  compute::check_floating("multinomial", weights);
  if (weights.rank() == 0) throw ShapeError("multinomial: expected weights of rank 1 or more, got shape []");
  const std::int64_t n = weights.size(-1);
  if (count < 0) throw ValueError(fmt::format("multinomial: expected a count of at least 0, got {}", count));
  if (count > (replacement && n > 0 ? std::numeric_limits<std::int64_t>::max() : n))
    throw ValueError(
        fmt::format("multinomial: expected a count of at most the {} weights, got {}", n, count));
  Shape shape = weights.shape();
  shape[-1] = count;
  Tensor result = Tensor::empty(shape, int64, "multinomial");
  if (result.numel() == 0) return result;
  const Tensor source = compute::contiguous(weights);
  compute::run_kernel("multinomial", source.dtype(), [&]<class T>() {
    const auto draw = replacement ? draw_with_replacement<T> : draw_without_replacement<T>;
    draw(source.data<T>(), source.numel() / n, n, count, generator, result.mutable_data<std::int64_t>());
  });
  return result;
}

}  // namespace taper
