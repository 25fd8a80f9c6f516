// How alike vectors are. Both operands have one floating dtype (DTypeError otherwise) and broadcast.
#pragma once

#include <cstdint>

#include <taper/tensor/tensor.h>

namespace taper {

/// The cosine of the angle between the vectors along an axis: the sum of a * b, divided by both lengths,
/// which are at least epsilon.
Tensor cosine_similarity(const Tensor& a, const Tensor& b, std::int64_t axis = 1, double epsilon = 1e-8);
/// norm(a - b + epsilon, p) along the last axis. Throws ValueError unless p >= 0.
Tensor pairwise_distance(const Tensor& a, const Tensor& b, double p = 2, double epsilon = 1e-6,
                         bool keepdim = false);

}  // namespace taper
