// Checks of hyperparameters.
#include <cmath>

#include <fmt/format.h>

#include <taper/optim/check.h>
#include <taper/tensor/error.h>

namespace taper::optim {

void check_not_negative(const char* owner, const char* name, double value) {
  if (!(value >= 0 && std::isfinite(value)))
    throw ValueError(fmt::format("{}: {} must be finite and not negative, got {}", owner, name, value));
}

void check_fraction(const char* owner, const char* name, double value) {
  if (!(value >= 0 && value < 1))
    throw ValueError(fmt::format("{}: {} must be in [0, 1), got {}", owner, name, value));
}

}  // namespace taper::optim
