// Parameters: what an optimizer is to change; Slots: what it keeps for each of them.
#pragma once

#include <concepts>
#include <deque>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <taper/optim/learning_rate.h>
#include <taper/tensor/named_tensors.h>

namespace taper::optim {

class Optimizer;
struct ParameterGroup;

/// What names its parameters, such as a module or a model of your own.
template <class T>
concept NamesParameters = requires(const T& model) {
  { model.named_parameters() } -> std::convertible_to<NamedTensors>;
};

/// A module, or a list of tensors with or without names: what its parameters() and named_parameters() return,
/// or `{weight, bias}`. Without a name, a parameter is called by its position. Or a list of groups with
/// options of their own: see ParameterGroup. If two groups have a name in common, all names get the position
/// of their group in front, as "0.weight" and "1.weight".
class Parameters {
 public:
  Parameters(NamedTensors named);                            // NOLINT: implicit on purpose
  Parameters(std::initializer_list<NamedTensor> named);      // NOLINT
  Parameters(const std::vector<Tensor>& tensors);            // NOLINT
  Parameters(std::initializer_list<Tensor> tensors);         // NOLINT
  Parameters(const std::vector<ParameterGroup>& groups);     // NOLINT
  Parameters(std::initializer_list<ParameterGroup> groups);  // NOLINT
  template <NamesParameters Model>
  Parameters(const Model& model) : Parameters(NamedTensors(model.named_parameters())) {}  // NOLINT
  Parameters();
  Parameters(const Parameters&);
  Parameters(Parameters&&) noexcept;
  Parameters& operator=(const Parameters&);
  Parameters& operator=(Parameters&&) noexcept;
  ~Parameters();

  const NamedTensors& list() const noexcept { return list_; }
  /// The groups' options; each with the position in list() where it ends, and without its parameters. Empty
  /// for a plain list.
  const std::vector<std::pair<std::size_t, ParameterGroup>>& groups() const noexcept { return groups_; }

 private:
  NamedTensors list_;
  bool numbered_ = false;
  std::vector<std::pair<std::size_t, ParameterGroup>> groups_;
};

/// Some of an optimizer's parameters, with options of their own; what is not given is the optimizer's:
///
///     optim::Adam adam({{.parameters = backbone.parameters(), .learning_rate = 1e-4},
///                       {.parameters = head.parameters(), .options = {{"beta_1", 0.8}, {"epsilon", 1e-6}}}},
///                      {.learning_rate = 1e-3});
struct ParameterGroup {
  Parameters parameters;
  std::optional<LearningRate> learning_rate = {};
  std::optional<double> weight_decay = {};
  /// Any other numbers of the rule, by the names that its options have: see Note [Group options].
  std::vector<std::pair<std::string, double>> options = {};
};

/// The tensors that an optimizer keeps for one parameter, by name; each has the parameter's shape and dtype
/// when it is made. When the parameter is converted to another dtype, the slots of its old dtype are
/// converted, too.
class Slots {
 public:
  explicit Slots(const Tensor& parameter) : shape_(parameter.shape()), dtype_(parameter.dtype()) {}
  /// The shape and dtype of new slots.
  const Shape& shape() const noexcept { return shape_; }
  DType dtype() const noexcept { return dtype_; }
  /// The slot of this name. It is created at first use, with all elements `initial`. The reference stays
  /// valid, unless the step that created the slot throws.
  Tensor& get(std::string_view name, double initial = 0);
  /// The same with another shape.
  Tensor& get(std::string_view name, const Shape& shape, double initial);
  Tensor& operator[](std::string_view name) { return get(name); }
  /// The slot of this name, or null.
  const Tensor* find(std::string_view name) const noexcept;

  /// Iterates over the slots in the order of their creation.
  auto begin() noexcept { return slots_.begin(); }
  auto end() noexcept { return slots_.end(); }
  auto begin() const noexcept { return slots_.begin(); }
  auto end() const noexcept { return slots_.end(); }

 private:
  friend class Optimizer;
  /// Converts the slots to the new dtype of the parameter.
  void convert(DType dtype);
  /// remember() saves the slots, undo() restores the saved ones, forget() discards them: see Note [All or
  /// nothing] in step.cpp.
  void remember();
  void undo() noexcept;
  void forget() noexcept;

  Shape shape_;
  DType dtype_;
  std::deque<NamedTensor> slots_;  // a vector would move them
  std::vector<Tensor> before_;     // the slots when remember() was called
  bool remembers_ = false;
};

}  // namespace taper::optim
