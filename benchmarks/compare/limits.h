// Limits: what the machine can do at most, measured.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "workload.h"

namespace comparison {

/// Work that nothing but the machine limits: a function for each thread.
struct Loop {
  std::vector<std::function<void()>> of_threads;
  double units;  // of work in all of them together
  /// Units a second: that of the fastest of `tries`.
  double rate(int tries) const;
};

/// Independent multiply-adds in registers, two operations each, with the best of the vector widths.
template <class T>
Loop multiply_adds(int threads);
/// Loops that read and write so many arrays (at most 2 and 1), of so many bytes in all: repeated, so that
/// small ones stay in a cache. Large ones are written through the caches by one loop, and around them by
/// another.
std::vector<Loop> transfers(int threads, std::int64_t reads, std::int64_t writes, std::int64_t bytes);
/// The fastest of these, units a second.
double best_rate(const std::vector<Loop>& loops, int tries);

/// The limit of a workload. On a shared machine it changes from second to second, so it is measured in turns
/// with the contenders.
class Limit {
 public:
  Limit(const Workload& workload, int threads);
  /// The shortest time for the work in seconds, at present: arithmetic or transfers, whichever takes longer.
  /// 0 if unknown.
  double seconds() const;

 private:
  double operations_, bytes_ = 0;
  std::vector<Loop> arithmetic_, transfers_;
};

}  // namespace comparison
