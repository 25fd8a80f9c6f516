// What several schedules share: ways from one value to another, and checks.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include <taper/optim/fields.h>

namespace taper::optim {

/// From `start` (passed = 0) to `end` (passed = 1): along half a cosine wave ("cos") or a line ("linear").
double anneal(const std::string& strategy, double start, double end, double passed);

/// Throws ValueError for a value that is none of the choices.
void check_choice(const char* owner, const char* option, const std::string& value,
                  std::initializer_list<const char*> choices);
/// Throws ValueError for a value that is not larger than (or, if `equal`, less than) the one before it.
void check_ascending(const char* owner, const char* option, const std::vector<double>& values,
                     bool equal = false);

namespace range {
/// Numbers of steps.
inline constexpr Range whole{
    [](double x) { return x >= 0 && x <= 0x1p53 && static_cast<double>(static_cast<std::int64_t>(x)) == x; },
    "whole numbers, not negative"};
}  // namespace range

}  // namespace taper::optim
