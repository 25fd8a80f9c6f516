// ValidationFrequency: a number or a list.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <taper/tensor/error.h>
#include <taper/train/validation_frequency.h>

namespace taper::training {
namespace {

void check(std::int64_t number) {
  if (number < 1)
    throw ValueError(fmt::format("validation_freq: expected numbers of at least 1, got {}", number));
}

}  // namespace

ValidationFrequency::ValidationFrequency(std::int64_t every) : every_(every) { check(every); }

ValidationFrequency::ValidationFrequency(std::vector<std::int64_t> epochs) : epochs_(std::move(epochs)) {
  for (const std::int64_t epoch : epochs_) check(epoch);
}

bool ValidationFrequency::contains(std::int64_t epoch) const noexcept {
  if (every_ > 0) return (epoch + 1) % every_ == 0;
  return std::find(epochs_.begin(), epochs_.end(), epoch + 1) != epochs_.end();
}

}  // namespace taper::training
