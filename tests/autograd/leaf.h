// Leaves for the tests: vectors that require a gradient.
#pragma once

#include <vector>

#include <taper/tensor/create.h>

using Values = std::vector<float>;

inline taper::Tensor leaf(const Values& values) {
  return taper::from_data(values, {static_cast<std::int64_t>(values.size())}).set_requires_grad();
}
inline Values gradient_of(const taper::Tensor& x) { return x.grad().to_vector<float>(); }
