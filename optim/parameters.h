// Parameters: what an optimizer is to change; Slots: what it keeps for each of them.
#pragma once

#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <taper/tensor/tensor.h>

namespace taper::optim {

using NamedTensor = std::pair<std::string, Tensor>;

/// A list of tensors with or without names: what Module::parameters() and named_parameters() return, or
/// `{weight, bias}`. Without a name, a parameter is called by its position.
class Parameters {
 public:
  Parameters(std::vector<NamedTensor> named) : list_(std::move(named)) {}  // NOLINT: implicit on purpose
  Parameters(std::initializer_list<NamedTensor> named) : list_(named) {}   // NOLINT
  Parameters(const std::vector<Tensor>& tensors) { add(tensors); }         // NOLINT
  Parameters(std::initializer_list<Tensor> tensors) { add(tensors); }      // NOLINT
  Parameters() = default;

  const std::vector<NamedTensor>& list() const noexcept { return list_; }

 private:
  template <class Tensors>
  void add(const Tensors& tensors) {
    for (const Tensor& each : tensors) list_.emplace_back(std::to_string(list_.size()), each);
  }
  std::vector<NamedTensor> list_;
};

/// The tensors that an optimizer keeps for one parameter, by name; each has the parameter's shape and dtype
/// when it is made.
class Slots {
 public:
  explicit Slots(const Tensor& parameter) : shape_(parameter.shape()), dtype_(parameter.dtype()) {}
  /// The slot of this name; made on first use, with all elements `initial`. The reference stays valid.
  Tensor& get(std::string_view name, double initial = 0);
  /// The same with a shape of its own.
  Tensor& get(std::string_view name, const Shape& shape, double initial);
  Tensor& operator[](std::string_view name) { return get(name); }
  /// The slot of this name, or null.
  const Tensor* find(std::string_view name) const noexcept;

  /// In the order in which they were made.
  auto begin() noexcept { return slots_.begin(); }
  auto end() noexcept { return slots_.end(); }
  auto begin() const noexcept { return slots_.begin(); }
  auto end() const noexcept { return slots_.end(); }

 private:
  Shape shape_;
  DType dtype_;
  std::deque<NamedTensor> slots_;  // a vector would move them
};

}  // namespace taper::optim
