// In-place clipping of gradients, for training loops. Optimizers also have options for clipping.
#pragma once

#include <taper/optim/parameters.h>

namespace taper::optim {

/// Scales all gradients by the same factor, min(1, max_norm / (norm + 1e-6)), so that their common L2 norm is
/// at most max_norm. Returns the norm before scaling. Equivalent to PyTorch's clip_grad_norm_. Parameters
/// without a gradient are skipped. Throws ValueError if max_norm is negative or not finite.
double clip_grad_norm(const Parameters& parameters, double max_norm);
/// Limits each element of all gradients to [-clip_value, clip_value]. Throws ValueError if clip_value is
/// negative or not finite.
void clip_grad_value(const Parameters& parameters, double clip_value);

}  // namespace taper::optim
