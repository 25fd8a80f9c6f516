// Random numbers from a counter-based generator: the same for any number of threads.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include <taper/tensor/tensor.h>

namespace taper {

/// One block of Philox 4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC
/// 2011).
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key) noexcept;

// Note [Counters]
// The words of a counter are: 0 and 1 the number of a block, 2 the attempt (of distributions that draw more
// than once for an element), 3 the purpose: 0 for numbers, 1 for the seeds of split().

/// A sequence of random blocks: block i is philox(i, seed). Each call takes the next blocks, so the numbers
/// depend on the seed and the order of the calls, not on which thread computes them. Several threads may draw
/// at the same time.
class Generator {
 public:
  explicit Generator(std::uint64_t seed = 0) noexcept : seed_(seed) {}
  /// The same numbers from here on. Explicit, so that it is not done by mistake.
  explicit Generator(const Generator& other) noexcept : seed_(other.seed()), position_(other.position()) {}
  /// Starts the sequence of `seed` at its beginning.
  void manual_seed(std::uint64_t seed) noexcept;
  std::uint64_t seed() const noexcept { return seed_.load(); }
  /// The number of blocks drawn so far. With seed() it is the whole state.
  std::uint64_t position() const noexcept { return position_.load(); }
  void set_position(std::uint64_t position) noexcept { position_.store(position); }
  /// Reserves `blocks` blocks of four 32-bit words and returns the number of the first.
  std::uint64_t advance(std::uint64_t blocks) noexcept { return position_.fetch_add(blocks); }
  /// A new generator for the part `key` of the work: the step of a training, a trial, a shard. Its numbers
  /// depend on seed() and the key alone, not on what was drawn before, so that parts can be computed again,
  /// in any order and at the same time: `random.split(step).split(shard)`. The seed is a hash: two parts get
  /// the same one with a probability of 2^-64.
  Generator split(std::uint64_t key) const noexcept;

 private:
  std::atomic<std::uint64_t> seed_, position_{0};
};

/// The generator that functions use by default: that of the innermost RandomScope of this thread, or else one
/// that all threads share. Throws ValueError where NoDefaultGenerator forbids it.
Generator& default_generator();
/// Restarts the default generator with this seed: the same seed gives the same numbers. Throws like
/// default_generator().
void manual_seed(std::uint64_t seed);

/// While an object of this class exists, default_generator() on this thread is a copy of `from`, which itself
/// does not change. For work whose random numbers must not depend on what was drawn before or is drawn
/// elsewhere, such as a step of training that has to be the same after an interruption:
///
///     const Generator random(seed);
///     for (std::int64_t step = start; step < steps; ++step) {
///       const RandomScope scope(random.split(step));
///       optimizer.minimize(...);
///     }
class RandomScope {
 public:
  [[nodiscard]] explicit RandomScope(const Generator& from) noexcept;
  RandomScope(const RandomScope&) = delete;
  RandomScope& operator=(const RandomScope&) = delete;
  ~RandomScope();

 private:
  Generator generator_;
  Generator* before_;
  const char* advice_before_;
};

/// While an object of this class exists, default_generator() throws on this thread. For code whose random
/// numbers must not depend on when or on which thread it runs.
class NoDefaultGenerator {
 public:
  /// The error message ends with `advice`, a string that must outlive this object.
  [[nodiscard]] explicit NoDefaultGenerator(const char* advice) noexcept;
  NoDefaultGenerator(const NoDefaultGenerator&) = delete;
  NoDefaultGenerator& operator=(const NoDefaultGenerator&) = delete;
  ~NoDefaultGenerator();

 private:
  const char* before_;
};

// Random tensors. Each element is a function of the generator and its index, for any number of threads.

/// Uniform in [low, high); always `low` if they are equal. Throws ValueError unless low <= high, both are
/// finite in the dtype, high - low is finite, and different bounds stay different after rounding to the
/// dtype; DTypeError unless the dtype is floating.
Tensor uniform(const Shape& shape, double low = 0, double high = 1, DType dtype = default_dtype(),
               Generator& generator = default_generator());
/// Normal with the given mean and standard deviation (Box-Muller). Throws ValueError if the deviation is
/// negative, or if a value 9 deviations from the mean is not finite in the dtype; DTypeError unless the dtype
/// is floating.
Tensor normal(const Shape& shape, double mean = 0, double standard_deviation = 1,
              DType dtype = default_dtype(), Generator& generator = default_generator());
/// Normal, where values more than two standard deviations from the mean are drawn again (Keras's
/// truncated_normal). Throws like normal().
Tensor truncated_normal(const Shape& shape, double mean = 0, double standard_deviation = 1,
                        DType dtype = default_dtype(), Generator& generator = default_generator());
/// Exponential with the given rate, the inverse of the mean. Throws ValueError unless the rate is above 0 and
/// 40 / rate is finite in the dtype; DTypeError unless the dtype is floating.
Tensor exponential(const Shape& shape, double rate = 1, DType dtype = default_dtype(),
                   Generator& generator = default_generator());
/// Uniform integers in [low, high). Throws ValueError unless low < high and the dtype can hold all of them,
/// DTypeError unless it is int32, int64 or uint8.
Tensor random_integers(const Shape& shape, std::int64_t low, std::int64_t high, DType dtype = DType::int64,
                       Generator& generator = default_generator());
/// 1 with the given probability, else 0. Throws ValueError unless the probability is in [0, 1].
Tensor bernoulli(const Shape& shape, double probability, DType dtype = default_dtype(),
                 Generator& generator = default_generator());
/// The numbers 0..count-1 in random order, int64 (Fisher-Yates). Throws ValueError if count is negative.
Tensor permutation(std::int64_t count, Generator& generator = default_generator());

/// The same with the shape and dtype of `like`. They throw like the functions above.
Tensor uniform_like(const Tensor& like, double low = 0, double high = 1,
                    Generator& generator = default_generator());
Tensor normal_like(const Tensor& like, double mean = 0, double standard_deviation = 1,
                   Generator& generator = default_generator());
Tensor random_integers_like(const Tensor& like, std::int64_t low, std::int64_t high,
                            Generator& generator = default_generator());

// With a parameter for each element, a tensor of a floating dtype (DTypeError otherwise), whose shape and
// dtype the result has. There is no gradient: see autograd/distributions.h.

/// 1 with the probability given for the element, else 0. Throws ValueError unless all are in [0, 1].
Tensor bernoulli(const Tensor& probabilities, Generator& generator = default_generator());
/// Poisson with the rate given for the element, which is the mean (inversion below a rate of 10, above
/// Hoermann: The transformed rejection method for generating Poisson random variables; 1993). Throws
/// ValueError unless all rates are finite and at least 0.
Tensor poisson(const Tensor& rates, Generator& generator = default_generator());
/// Draws `count` indices of the last axis of the weights [..., n], int64 [..., count], each with a
/// probability that is proportional to its weight: with replacement, or without, when what was drawn is
/// taken out before the next draw. An index with weight 0 is never drawn. Throws DTypeError unless the
/// weights are floating; ShapeError for a scalar; ValueError if a weight is negative or not finite, if those
/// of a row have no sum above 0 or, with replacement, no finite one, or if `count` is negative or, without
/// replacement, larger than the number of weights above 0.
Tensor multinomial(const Tensor& weights, std::int64_t count, bool replacement = false,
                   Generator& generator = default_generator());

}  // namespace taper
