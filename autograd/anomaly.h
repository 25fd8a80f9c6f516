// Anomaly detection: finds the operation that computed the first NaN. See DetectAnomaly in grad_mode.h.
#pragma once

#include <span>
#include <string>

#include <taper/autograd/record.h>

namespace taper::detail {

/// Where the program is now, such as the layer of a network that runs on this thread: set by who knows it.
inline std::string (*place)() = nullptr;
/// `name` with the place, for the errors of a backward pass. The result is kept until the program ends.
const char* name_with_place(const char* name);

/// Throws ValueError if `output` contains NaN and no input does.
void check_forward(const Node& node, const Tensor& output, std::span<const Input> inputs);
/// Throws ValueError if `gradient`, the gradient of input `i` of `node`, contains NaN.
void check_backward(const Node& node, const Tensor& gradient, int i);

}  // namespace taper::detail
