// Fields: the options of an optimizer or a schedule, listed once; checks, JSON and printing follow.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include <taper/optim/generation.h>

namespace taper::optim {

class LearningRate;

/// A value that is an object of its own, such as an inner optimizer: its JSON.
struct JsonText {
  std::string text;
};

/// Of names, and of other texts in configurations. (Of patterns: see pattern.h.)
inline constexpr std::size_t most_characters = 1000;

/// The default of an option that must be given: it is in no range.
inline constexpr double required = std::numeric_limits<double>::quiet_NaN();

/// The values that an option may have, and how an error message calls them.
struct Range {
  bool (*holds)(double);
  const char* text;
};

namespace range {
/// As std::isfinite, without <cmath>, which every program would compile.
constexpr bool is_finite(double x) {
  return x >= std::numeric_limits<double>::lowest() && x <= std::numeric_limits<double>::max();
}
inline constexpr Range finite{[](double x) { return is_finite(x); }, "finite"};
inline constexpr Range not_negative{[](double x) { return x >= 0 && is_finite(x); },
                                    "finite and not negative"};
inline constexpr Range not_positive{[](double x) { return x <= 0 && is_finite(x); },
                                    "finite and not positive"};
inline constexpr Range positive{[](double x) { return x > 0 && is_finite(x); }, "> 0 and finite"};
inline constexpr Range fraction{[](double x) { return x >= 0 && x < 1; }, "in [0, 1)"};
inline constexpr Range closed_fraction{[](double x) { return x >= 0 && x <= 1; }, "in [0, 1]"};
inline constexpr Range off_or_several{[](double x) { return x == 0 || x >= 2; }, "0 (off) or at least 2"};
}  // namespace range

// Note [Fields]
// Beside each struct of options stands one function, `Fields fields(AdamOptions& options)`, that lists its
// members with Keras's names and their ranges. From that list follow the checks of the constructor,
// get_config() and from_config(), and the printing and comparing of schedules. So an option is written twice:
// as a member, and there.

/// One option: its name in Keras, where its value is, what it may be.
struct Field {
  using Pointer = std::variant<double*, bool*, std::int64_t*, std::string*, std::vector<double>*,
                               std::vector<std::string>*, LearningRate*, Generation*, JsonText*>;
  const char* name;
  Pointer value;
  Range range = range::finite;  // of numbers, and of each element of a list
  /// 0 means that the option is off; Keras's configurations say None.
  bool off_if_zero = false;
};
using Fields = std::vector<Field>;

/// Throws ValueError, as "Adam: beta_1 must be in [0, 1), got 1.5", for the first value out of its range.
void check(const char* owner, const Fields& fields);
/// A JSON object with all fields. Throws ValueError for a learning rate that is an arbitrary callable, and
/// for text that is not UTF-8.
std::string to_json(const Fields& fields);
/// Sets the fields that a JSON object names. Throws ValueError, beginning with `owner`, for text that is not
/// a JSON object or is nested deeper than 64 levels, a key that is none of the fields', or a value of another
/// type.
void from_json(const char* owner, const std::string& json, const Fields& fields);
/// The shortest JSON number that reads as the same double; null if it is not finite.
std::string to_json(double number);

/// An object as {"class_name": ..., "config": ...}, with a "module" and a "registered_name": Keras's form.
struct Serialized {
  std::string class_name, config;
};
std::string to_json(const char* module, const Serialized& object);
/// Throws ValueError, beginning with `owner`, for text that is no such object. Other keys are ignored.
Serialized from_json(const char* owner, const std::string& json);
/// owner(beta_1=0.9, ...), as Python prints a call.
std::string to_string(const char* owner, const Fields& fields);

}  // namespace taper::optim
