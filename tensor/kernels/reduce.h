// Kernels: reductions along rows (contiguous runs) and columns (across runs).
#pragma once

#include <cstdint>

#include <taper/tensor/dtype.h>
#include <taper/tensor/kernels/dispatch.h>
#include <taper/tensor/ops.h>

namespace taper::kernels {

using compute::ReduceOp;

struct ReduceKernels {
  // The results have in's dtype, but sums of bool and uint8 are int64.
  /// out[i] = reduction of in[i * length .. + length), i in 0..rows-1.
  using Rows = void (*)(const void* in, void* out, std::int64_t rows, std::int64_t length);
  /// out[j] = reduction over k in 0..count-1 of in[k * columns + j], j in 0..columns-1. Reads nothing behind
  /// the last element.
  using Columns = void (*)(const void* in, void* out, std::int64_t count, std::int64_t columns);
  /// out[j] = position of the first extremum (NaN counts as one) among in[k * stride + j], k in 0..length-1,
  /// for each j in 0..columns-1.
  using Position = void (*)(const void* in, std::int64_t* out, std::int64_t length, std::int64_t columns,
                            std::int64_t stride);

  // Indexed by reduction and dtype; null where the dtype is not taken.
  Rows rows[static_cast<int>(ReduceOp::count)][calculated_dtypes];
  Columns columns[static_cast<int>(ReduceOp::count)][calculated_dtypes];
  Position position[static_cast<int>(ReduceOp::count)][calculated_dtypes];

  /// Along contiguous rows, [0] for float and [1] for double: the exponentials divided by their sum; their
  /// logarithm; the gradients of both from g and the result y.
  using Softmax = void (*)(const void* x, void* out, std::int64_t rows, std::int64_t length);
  using SoftmaxGradient = void (*)(const void* g, const void* y, void* out, std::int64_t rows,
                                   std::int64_t length);
  Softmax softmax[2], log_softmax[2];
  SoftmaxGradient softmax_gradient[2], log_softmax_gradient[2];
};

inline const ReduceKernels& reductions() { return table<ReduceKernels>(); }

}  // namespace taper::kernels
