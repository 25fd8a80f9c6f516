// Layers' options: checks, and sizes that are given apart. Internal.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include <taper/tensor/convolution.h>

namespace taper::nn {

/// The name of a class without namespaces: "Linear".
std::string name_of(const std::type_info& type);

/// The options with some of them set: `with(options, &Options::in_features, 784, ...)`.
template <class Options, class Value, class... More>
Options with(Options options, Value Options::*member, const std::type_identity_t<Value>& value,
             const More&... more) {
  options.*member = value;
  if constexpr (sizeof...(more) == 0)
    return options;
  else
    return with(std::move(options), more...);
}

/// Returns `value` if it is at least `least`; else throws a ValueError such as "Linear: in_features must be
/// at least 1, got 0".
std::int64_t at_least(std::int64_t least, const char* layer, const char* option, std::int64_t value);
const Extent2d& at_least(std::int64_t least, const char* layer, const char* option, const Extent2d& value);
void at_least(std::int64_t least, const char* layer, const char* option, const Shape& values);
/// Throws ValueError unless a value is from 0 to 1.
void check_fraction(const char* layer, const char* option, double value);
/// Throws ValueError unless epsilon is at least 0.
void check_epsilon(const char* layer, double epsilon);

}  // namespace taper::nn
