// Kernels: dropout.
#pragma once

#include <cstdint>

#include <taper/tensor/kernels/dispatch.h>

namespace taper::kernels {

template <class T>
struct DropoutKernels {
  /// mask[i] = words[i] < threshold, and y[i] = mask[i] ? x[i] * scale : 0.
  void (*draw)(const std::uint32_t* words, std::uint32_t threshold, T scale, const T* x, bool* mask, T* y,
               std::int64_t count);
  /// y[i] = mask[i] ? x[i] * scale : 0
  void (*apply)(const bool* mask, T scale, const T* x, T* y, std::int64_t count);
};

template <class T>
const DropoutKernels<T>& dropout() {
  return table<DropoutKernels<T>>();
}

}  // namespace taper::kernels
