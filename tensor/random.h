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

/// A sequence of random blocks: block i is philox(i, seed). Each use takes the next stretch of the counter,
/// so what is drawn depends on the seed and on the order of the calls, not on who computes it. Drawing is
/// safe from any thread.
class Generator {
 public:
  explicit Generator(std::uint64_t seed = 0) noexcept : seed_(seed) {}
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

/// The generator used where none is given. Throws ValueError where NoDefaultGenerator forbids it.
Generator& default_generator();
/// Restarts the default generator: the same seed gives the same numbers. Throws as default_generator.
void manual_seed(std::uint64_t seed);

/// While one lives, this thread may not use the default generator. For code whose random numbers must not
/// depend on when or on which thread it runs.
class NoDefaultGenerator {
 public:
  /// The error's advice, which must outlive this.
  [[nodiscard]] explicit NoDefaultGenerator(const char* advice) noexcept;
  NoDefaultGenerator(const NoDefaultGenerator&) = delete;
  NoDefaultGenerator& operator=(const NoDefaultGenerator&) = delete;
  ~NoDefaultGenerator();

 private:
  const char* before_;
};

/// Uniform in [low, high); low if they are equal. Throws ValueError unless low <= high are finite numbers of
/// the dtype, with a finite distance and one of them in between; DTypeError unless floating.
Tensor uniform(const Shape& shape, double low = 0, double high = 1, DType dtype = DType::float32,
               Generator& generator = default_generator());
/// Normal with the given mean and standard deviation (Box-Muller). Throws ValueError if the deviation is
/// negative or nine of them about the mean are not finite numbers of the dtype, DTypeError unless floating.
Tensor normal(const Shape& shape, double mean = 0, double standard_deviation = 1,
              DType dtype = DType::float32, Generator& generator = default_generator());
/// Normal, redrawn beyond two standard deviations (what Keras calls truncated_normal).
Tensor truncated_normal(const Shape& shape, double mean = 0, double standard_deviation = 1,
                        DType dtype = DType::float32, Generator& generator = default_generator());
/// Uniform integers in [low, high). Throws ValueError if there are none or not all are of the dtype,
/// DTypeError unless int32, int64 or uint8.
Tensor random_integers(const Shape& shape, std::int64_t low, std::int64_t high, DType dtype = DType::int64,
                       Generator& generator = default_generator());
/// 1 with the given probability, else 0. Throws ValueError unless it is in [0, 1].
Tensor bernoulli(const Shape& shape, double probability, DType dtype = DType::float32,
                 Generator& generator = default_generator());
/// The numbers 0..count-1 in random order, int64 (Fisher-Yates). Throws ValueError if count is negative.
Tensor permutation(std::int64_t count, Generator& generator = default_generator());

}  // namespace taper
