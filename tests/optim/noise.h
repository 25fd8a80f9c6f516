// noise: fixed numbers in [-1, 1) for tests, the same wherever they are made.
#pragma once

#include <cstdint>

#include <taper/autograd/autograd.h>

inline taper::Tensor noise(const taper::Shape& shape, std::uint32_t seed,
                           taper::DType dtype = taper::float32) {
  taper::Tensor result = taper::Tensor::empty(shape, taper::float64);
  double* const to = result.mutable_data<double>();
  for (std::int64_t i = 0; i < result.numel(); ++i)
    to[i] = static_cast<double>((seed = 1664525 * seed + 1013904223) >> 8) / 8388608. - 1;
  return taper::to(result, dtype);
}
