// Limits: what the machine can do at most, measured.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>

#include "workload.h"

namespace comparison {

/// Measured on first use, with all threads at work.
class Limits {
 public:
  explicit Limits(int threads) : threads_(threads) {}

  /// Floating-point operations a second: independent multiply-adds in registers, the best of the vector
  /// widths.
  template <class T>
  double peak();
  /// Bytes a second of a loop that reads and writes so many arrays (at most 2 and 1), of so many bytes in
  /// all: repeated, so that small ones stay in a cache.
  double bandwidth(int reads, int writes, std::int64_t bytes);
  /// The shortest time for the work in seconds: arithmetic or transfers, whichever takes longer. 0 if
  /// unknown.
  double shortest(const Workload& workload);

 private:
  int threads_;
  double peak32_ = 0, peak64_ = 0;
  std::map<std::tuple<int, int, std::int64_t>, double> bandwidths_;
};

}  // namespace comparison
