// Kernels: reductions that fewer programs use than those of reduce.h.
#pragma once

#include <taper/tensor/kernels/reduce.h>

namespace taper::kernels {

using compute::Aggregate;

struct AggregateKernels {
  // As those of ReduceKernels, indexed by reduction and dtype; null where the dtype is not taken.
  ReduceKernels::Rows rows[static_cast<int>(Aggregate::count)][calculated_dtypes];
  ReduceKernels::Columns columns[static_cast<int>(Aggregate::count)][calculated_dtypes];
};

/// The rounded mean, and the sums of the differences from it and of their squares, along rows and columns as
/// above; [0] for float and [1] for double. What is read is read again while it is in the cache.
struct MomentKernels {
  using Moments = void (*)(const void* in, void* means, void* rests, void* squares, std::int64_t count,
                           std::int64_t length);
  Moments rows[2];
  Moments columns[2];
};

inline const AggregateKernels& aggregates() { return table<AggregateKernels>(); }
inline const MomentKernels& moments() { return table<MomentKernels>(); }

}  // namespace taper::kernels
