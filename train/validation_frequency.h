// ValidationFrequency: after which epochs a training is validated.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace taper::training {

/// After every so many epochs, `.validation_freq = 2`, or after those of a list, which count from 1,
/// `.validation_freq = {1, 5, 10}`: as in Keras. Throws ValueError for a number below 1.
class ValidationFrequency {
 public:
  ValidationFrequency(std::int64_t every = 1);                     // NOLINT: implicit on purpose
  ValidationFrequency(std::vector<std::int64_t> epochs);           // NOLINT: as well
  ValidationFrequency(std::initializer_list<std::int64_t> epochs)  // NOLINT: as well
      : ValidationFrequency(std::vector<std::int64_t>(epochs)) {}

  /// Whether an epoch, which counts from 0 as everywhere else, is one of them.
  bool contains(std::int64_t epoch) const noexcept;

 private:
  std::int64_t every_ = 0;  // 0: a list
  std::vector<std::int64_t> epochs_;
};

}  // namespace taper::training
