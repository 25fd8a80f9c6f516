// FlushDenormals: numbers too small for a full exponent count as 0. For the .cpp files of this folder only.
#pragma once

#include <cstdint>

#if defined(__SSE__)
#include <immintrin.h>
#endif

namespace taper::kernels {
namespace {

// Note [Denormals]
// Once a gradient stays 0, as that of a unit which relu has switched off, a slot that decays gets down to
// denormal numbers, and stays there, since a few times the smallest one, less a tenth, rounds to itself. Each
// operation on one takes a hundred cycles more. So the update rules count them as 0, as TensorFlow and JAX do
// everywhere.

/// While it lives, operations of this thread take denormal numbers for 0, and give 0 instead of them.
class FlushDenormals {
 public:
  [[nodiscard]] FlushDenormals() noexcept : before_(read()) { write(before_ | flush); }
  ~FlushDenormals() { write(before_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__SSE__)
  using Register = unsigned;
  static constexpr Register flush = _MM_FLUSH_ZERO_ON | 0x40;  // 0x40: denormal operands, too
  static Register read() noexcept { return _mm_getcsr(); }
  static void write(Register value) noexcept { _mm_setcsr(value); }
#elif defined(__aarch64__)
  using Register = std::uint64_t;
  static constexpr Register flush = 1 << 24;
  static Register read() noexcept {
    Register value;
    asm volatile("mrs %0, fpcr" : "=r"(value));
    return value;
  }
  static void write(Register value) noexcept { asm volatile("msr fpcr, %0" : : "r"(value) : "memory"); }
#else  // as it is
  using Register = unsigned;
  static constexpr Register flush = 0;
  static Register read() noexcept { return 0; }
  static void write(Register) noexcept {}
#endif

  const Register before_;
};

}  // namespace
}  // namespace taper::kernels
