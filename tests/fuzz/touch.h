// Reads every element, so that the sanitizers see what is not there or not set.
#pragma once

#include <cstdint>

#include <taper/tensor/tensor.h>

inline void touch(const taper::Tensor& tensor) {
  volatile unsigned char sum = 0;
  const unsigned char* const bytes = static_cast<const unsigned char*>(tensor.raw());
  for (std::int64_t i = 0; i < tensor.numel() * size_of(tensor.dtype()); ++i)
    sum = static_cast<unsigned char>(sum + bytes[i]);
  if (tensor.dtype() == taper::DType::boolean)
    for (std::int64_t i = 0; i < tensor.numel(); ++i)
      if (bytes[i] > 1) __builtin_trap();
}
