// Contenders: who does the work. Each file of a contender registers it; the build leaves out what is missing.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "workload.h"

namespace comparison {

/// Does the work `repeats` times and returns the seconds that took.
using Measure = std::function<double(std::int64_t repeats)>;

struct Contender {
  std::string name;
  std::string version;
  /// Makes what the work needs, for so many threads. Empty if the contender does not do such work.
  std::function<Measure(const Workload&, int threads)> prepare;
};

/// Those registered so far; Taper is first.
std::vector<Contender>& contenders();

struct Registration {
  explicit Registration(Contender contender);
};

/// `body` once per repeat; `before` outside the measured time (settings that contenders share in a process).
template <class Body, class Before>
Measure timed(Before before, Body body) {
  return [before, body](std::int64_t repeats) mutable {
    before();
    const auto start = std::chrono::steady_clock::now();
    for (std::int64_t i = 0; i < repeats; ++i) body();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
}

/// Keeps the compiler from leaving out what computed `value`.
template <class T>
void keep(const T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

/// Numbers from 0 to 1; which ones does not matter for the time.
inline std::vector<float> numbers(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  std::uint32_t state = 1;
  for (float& value : values)
    value = static_cast<float>((state = state * 1664525u + 1013904223u) >> 8) / static_cast<float>(1 << 24);
  return values;
}

}  // namespace comparison
