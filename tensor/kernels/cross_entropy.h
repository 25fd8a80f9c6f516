// Kernels: cross entropy of rows of logarithms of probabilities.
#pragma once

#include <cstdint>

#include <taper/tensor/kernels/dispatch.h>

namespace taper::kernels {

/// Each row is compared with a target: 1 - smoothing at its label, and smoothing / classes everywhere.
struct CrossEntropyRows {
  std::int64_t rows, classes;
  const std::int64_t* labels;
  const bool* valid;  // null: all; other rows give 0
  double smoothing;
};

template <class T>
struct CrossEntropyKernels {
  /// The sum of the rows' losses, which are also written to `losses` unless it is null.
  double (*forward)(const CrossEntropyRows& rows, const T* logarithms, T* losses);
  /// y[i] = (y[i] - target of row i) * weights[i * weight_stride] / divisor for rows begin..end-1 of y.
  void (*gradient)(const CrossEntropyRows& rows, std::int64_t begin, std::int64_t end, const T* weights,
                   std::int64_t weight_stride, double divisor, T* y);
};

template <class T>
const CrossEntropyKernels<T>& cross_entropy() {
  return table<CrossEntropyKernels<T>>();
}

}  // namespace taper::kernels
