// Checks of hyperparameters, with one wording for all optimizers and schedules.
#pragma once

namespace taper::optim {

/// Throws ValueError, as "Adam: epsilon must be finite and not negative, got -1", unless so.
void check_not_negative(const char* owner, const char* name, double value);
/// Throws ValueError unless 0 <= value < 1.
void check_fraction(const char* owner, const char* name, double value);

}  // namespace taper::optim
