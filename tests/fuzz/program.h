// Programs: a fuzzer's bytes as a sequence of operations, and the ways of running one that must agree.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

/// A way to run a program that must not change any result.
struct Mode {
  int threads = 1;
  /// Each tensor's elements lie apart, or in column-major order.
  bool strided = false;
};

/// What a step gave: a digest of its result, or of the type of the error that it threw.
struct Step {
  const char* operation;
  std::uint64_t digest;
};

/// Runs the program. Ends early where memory runs out, as that may depend on the mode. With TAPER_FUZZ_PRINT
/// in the environment it prints each step.
std::vector<Step> run(std::span<const std::uint8_t> program, const Mode& mode);
