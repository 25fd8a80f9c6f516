// Clipping of gradients in place, for training loops that want it apart from an optimizer's own options.
#pragma once

#include <taper/optim/parameters.h>

namespace taper::optim {

/// Scales all gradients together so that their norm is at most max_norm; returns the norm before. PyTorch's
/// clip_grad_norm_: gradients are multiplied by min(1, max_norm / (norm + 1e-6)). Parameters without a
/// gradient are skipped. Throws ValueError if max_norm is negative or not finite.
double clip_grad_norm(const Parameters& parameters, double max_norm);
/// Limits each element of all gradients to -clip_value..clip_value. Throws ValueError if that is negative or
/// not finite.
void clip_grad_value(const Parameters& parameters, double clip_value);

}  // namespace taper::optim
