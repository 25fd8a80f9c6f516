// Results that do not depend on the number of threads.
#pragma once

#include <vector>

#include <catch.h>

#include <taper/tensor/parallel.h>

/// Requires that the lists of numbers which run() returns are the same with 1, 2, 3 and 8 threads.
template <class Run>
void require_same_bits(Run&& run) {
  const int before = taper::num_threads();
  taper::set_num_threads(1);
  const std::vector<std::vector<double>> one = run();
  for (const int threads : {2, 3, 8}) {
    taper::set_num_threads(threads);
    const std::vector<std::vector<double>> other = run();
    REQUIRE(other.size() == one.size());
    for (std::size_t i = 0; i < one.size(); ++i) {
      INFO(threads << " threads, result " << i);
      const bool same = other[i] == one[i];
      CHECK(same);
    }
  }
  taper::set_num_threads(before);
}
