// Refusal: makes allocations fail, one after the other. This program's operator new can refuse; the pool can,
// too.
#pragma once

#include <cstdint>

/// Where memory is asked for.
enum class Source {
  pool,      ///< tensors, nodes, scratch: number n fails once
  heap,      ///< operator new: number n fails once
  heap_out,  ///< operator new: number n and all that follow fail
};

/// While it lives, allocation number n of this thread fails; 1 is the next.
class Refusal {
 public:
  Refusal(Source source, std::uint64_t n);
  Refusal(const Refusal&) = delete;
  Refusal& operator=(const Refusal&) = delete;
  ~Refusal();
};

/// Blocks of operator new that live, of all threads.
std::int64_t living_blocks();
