// Fields: a list of the options of an optimizer or a schedule, for checks, JSON and printing.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include <taper/optim/generation.h>

namespace taper::optim {

class LearningRate;

/// The JSON of a value that is itself an object, such as an inner optimizer.
struct JsonText {
  std::string text;
};

/// The largest length of names and other strings in configurations. (For patterns, see pattern.h.)
inline constexpr std::size_t most_characters = 1000;

/// The default of an option that must be given. It is NaN, which is in no range.
inline constexpr double required = std::numeric_limits<double>::quiet_NaN();

/// The values that an option may have, and their description in error messages.
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
// Each struct of options has a function, such as `Fields fields(AdamOptions& options)`, that lists its
// members with their Keras names and ranges. The constructor's checks, get_config(), from_config(), and the
// printing and comparison of schedules all use this list. So each option is written in two places: as a
// member and in fields().

/// One option: its name in Keras, a pointer to its value, and the range of the value.
struct Field {
  using Pointer = std::variant<double*, bool*, std::int64_t*, std::string*, std::vector<double>*,
                               std::vector<std::string>*, LearningRate*, std::vector<LearningRate>*,
                               Generation*, JsonText*>;
  const char* name;
  Pointer value;
  Range range = range::finite;  // for numbers, and for each element of a list
  /// 0 means that the option is off; it is None (null) in Keras's configurations.
  bool off_if_zero = false;
  /// Whether Keras has no such key: it is written only if it is not 0 or false.
  bool own = false;
  /// Whether only the generation pytorch has the option: it is written only there.
  bool pytorch_only = false;
};
using Fields = std::vector<Field>;

/// Throws ValueError, such as "Adam: beta_1 must be in [0, 1), got 1.5", for the first value out of its
/// range.
void check(const char* owner, const Fields& fields);
/// Throws ValueError if an option that only the generation pytorch has differs from its default in another.
void check_generation(const char* owner, Generation generation, const Fields& fields, const Fields& defaults);
/// A JSON object with all fields that are to be written. Throws ValueError for a learning rate that is an
/// arbitrary callable, and for text that is not UTF-8.
std::string to_json(const Fields& fields);
/// Sets the fields that are keys of a JSON object. Throws ValueError, which begins with `owner`, for text
/// that is not a JSON object or is nested deeper than 64 levels, for an unknown key, or for a value of the
/// wrong type.
void from_json(const char* owner, const std::string& json, const Fields& fields);
/// The shortest JSON number that is parsed as the same double; null if `number` is not finite.
std::string to_json(double number);

/// An object in the JSON form of Keras: {"module": ..., "class_name": ..., "config": ..., "registered_name":
/// ...}.
struct Serialized {
  std::string class_name, config;
};
std::string to_json(const char* module, const Serialized& object);
/// Throws ValueError, which begins with `owner`, for text that is not such an object. Other keys are ignored.
Serialized from_json(const char* owner, const std::string& json);
/// Text such as "Adam(beta_1=0.9, ...)".
std::string to_string(const char* owner, const Fields& fields);

}  // namespace taper::optim
