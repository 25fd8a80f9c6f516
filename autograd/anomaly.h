// Anomaly detection: finds the operation that computed the first NaN. See DetectAnomaly in grad_mode.h.
#pragma once

#include <span>

#include <taper/autograd/record.h>

namespace taper::detail {

/// Throws ValueError if `output` contains NaN and no input does.
void check_forward(const Node& node, const Tensor& output, std::span<const Input> inputs);
/// Throws ValueError if `gradient`, the gradient of input `i` of `node`, contains NaN.
void check_backward(const Node& node, const Tensor& gradient, int i);

}  // namespace taper::detail
