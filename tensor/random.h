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

/// A sequence of random blocks: block i is philox(i, seed). Each call takes the next blocks, so the numbers
/// depend on the seed and the order of the calls, not on which thread computes them. Several threads may draw
/// at the same time.
class Generator {
 public:
  explicit Generator(std::uint64_t seed = 0) noexcept : seed_(seed) {}
  /// Starts the sequence of `seed` at its beginning.
  void manual_seed(std::uint64_t seed) noexcept;
  std::uint64_t seed() const noexcept { return seed_.load(); }
  /// The number of blocks drawn so far. With seed() it is the whole state.
  std::uint64_t position() const noexcept { return position_.load(); }
  void set_position(std::uint64_t position) noexcept { position_.store(position); }
  /// Reserves `blocks` blocks of four 32-bit words and returns the number of the first.
  std::uint64_t advance(std::uint64_t blocks) noexcept { return position_.fetch_add(blocks); }

 private:
  std::atomic<std::uint64_t> seed_, position_{0};
};

/// The generator that functions use by default. Throws ValueError where NoDefaultGenerator forbids it.
Generator& default_generator();
/// Restarts the default generator with this seed: the same seed gives the same numbers. Throws like
/// default_generator().
void manual_seed(std::uint64_t seed);

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
/// Uniform integers in [low, high). Throws ValueError unless low < high and the dtype can hold all of them,
/// DTypeError unless it is int32, int64 or uint8.
Tensor random_integers(const Shape& shape, std::int64_t low, std::int64_t high, DType dtype = DType::int64,
                       Generator& generator = default_generator());
/// 1 with the given probability, else 0. Throws ValueError unless the probability is in [0, 1].
Tensor bernoulli(const Shape& shape, double probability, DType dtype = default_dtype(),
                 Generator& generator = default_generator());
/// The numbers 0..count-1 in random order, int64 (Fisher-Yates). Throws ValueError if count is negative.
Tensor permutation(std::int64_t count, Generator& generator = default_generator());

}  // namespace taper
