// Schedule: what all learning-rate schedules have in common.
#pragma once

#include <concepts>
#include <iosfwd>
#include <string>

#include <taper/optim/fields.h>
#include <taper/tensor/dtype.h>

namespace taper::optim {

/// A schedule is a class with an Options struct, whose `class_name` is the name of the class in Keras.
/// fields(options) provides ==, printing and serialize(). The Options of a schedule that Keras does not have
/// define a `module`, too.
template <class T>
concept Schedule = requires(const T& schedule, typename T::Options& options) {
  { T::Options::class_name } -> std::convertible_to<const char*>;
  { schedule.options() } -> std::convertible_to<typename T::Options>;
  { fields(options) } -> std::same_as<Fields>;
};

/// The base of a schedule. A subclass adds `double operator()(std::int64_t step, DType dtype =
/// DType::float64) const`, which computes in the dtype of the parameters, as Keras does.
template <class T>
class ScheduleWith {
 public:
  using Options = T;
  /// Throws ValueError for a value out of its range.
  explicit ScheduleWith(const Options& options) : options_(options) {
    check(Options::class_name, fields(options_));
  }
  const Options& options() const noexcept { return options_; }

 protected:
  Options options_;
};

void print(std::ostream& stream, const char* class_name, const Fields& fields);

/// The schedule as JSON, which Keras can read (keras.optimizers.schedules.deserialize).
template <Schedule T>
std::string serialize(const T& schedule) {
  typename T::Options options = schedule.options();
  const char* module = "keras.optimizers.schedules";
  if constexpr (requires { T::Options::module; }) module = T::Options::module;
  return to_json(module, {T::Options::class_name, to_json(fields(options))});
}
template <Schedule T>
bool operator==(const T& a, const T& b) {
  return serialize(a) == serialize(b);
}
/// Prints text such as "ExponentialDecay(initial_learning_rate=0.1, ...)".
template <Schedule T>
std::ostream& operator<<(std::ostream& stream, const T& schedule) {
  typename T::Options options = schedule.options();
  print(stream, T::Options::class_name, fields(options));
  return stream;
}

}  // namespace taper::optim
