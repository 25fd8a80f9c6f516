// Module: the base class of layers and models. It stores their parameters, buffers and children by name.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <taper/tensor/named_tensors.h>

namespace taper::nn {

using taper::NamedTensors;  // in order of registration

// Note [Modules are handles]
// Like a Tensor, a module is a handle: a copy has the same parameters, buffers, children and training flag.
// So modules can be returned, moved and stored in containers; nothing points to their address. A parent
// stores such a copy of each registered child. Modules cannot be assigned: the parent would still use the
// module that was registered. Other members, which are not tensors or modules, are copied like any C++ member
// and are not shared, so they should be constant, such as options.

/// A layer or a model. Derive a class from it, register its parameters and children in the constructor, and
/// override forward():
///
///     struct Net : nn::Module {
///       nn::Linear hidden{{.in_features = 784, .out_features = 128}};
///       nn::Linear out{{.in_features = 128, .out_features = 10}};
///       Net() {
///         register_module("hidden", hidden);
///         register_module("out", out);
///       }
///       Tensor forward(const Tensor& x) override { return out(relu(hidden(x))); }
///     };
///
/// Copies share parameters, buffers and children, as copies of a Tensor share its elements: see Note [Modules
/// are handles].
class Module {
 public:
  Module(const Module&) = default;
  Module& operator=(const Module&) = delete;
  virtual ~Module();

  /// The result for one input. A module that takes other arguments defines its own function instead; this one
  /// then throws ValueError.
  virtual Tensor forward(const Tensor& x);
  /// Calls forward().
  Tensor operator()(const Tensor& x);

  /// The name of the class without namespaces: "Linear".
  std::string type() const;

  /// The trainable tensors of this module, then those of its children, each once. Names have dots:
  /// "hidden.weight".
  std::vector<Tensor> parameters() const;
  NamedTensors named_parameters() const;
  /// State that is not trained by gradients, such as running averages.
  std::vector<Tensor> buffers() const;
  NamedTensors named_buffers() const;
  /// The direct children. A child that was registered by value is a copy, which shares everything with the
  /// original: see Note [Modules are handles].
  const std::vector<std::pair<std::string, std::shared_ptr<Module>>>& named_children() const;
  /// This module (with the name "") and all its descendants, each once.
  std::vector<std::pair<std::string, Module*>> named_modules();
  /// The total number of elements of all parameters.
  std::int64_t num_parameters() const;

  /// Switches this module and all its descendants to training or evaluation mode. Dropout is active only in
  /// training; batch normalization updates its running statistics only in training.
  void train(bool training = true);
  void eval() { train(false); }
  bool is_training() const;

  /// Makes all parameters trainable, or freezes them (false).
  void set_requires_grad(bool required = true);
  /// Clears the gradients of all parameters.
  void zero_grad();
  /// Converts all floating parameters, gradients and buffers, in place: every Tensor that shares them sees
  /// the new dtype. Throws DTypeError unless `dtype` is floating.
  void to(DType dtype);

  /// Parameters and buffers under the names that PyTorch uses ("0.weight", "1.running_mean"), detached from
  /// the graph. They share the elements with the module: save or clone them before the next training step.
  NamedTensors state_dict() const;
  /// Copies the values of `state` into the parameters and buffers. Names, shapes and dtypes must be exactly
  /// those of state_dict(); the order does not matter. Otherwise nothing is changed, and a ValueError
  /// (names), ShapeError or DTypeError lists all differences.
  void load_state_dict(const NamedTensors& state);

 protected:
  Module();

  /// Registers a trainable tensor and returns it, for `weight(register_parameter(...))`. Declare the member
  /// as `const Tensor`: if it could be assigned, it would no longer be the registered tensor. Throws
  /// ValueError for a name that is empty, contains a dot or is already used, and for a tensor whose elements
  /// share memory (as after expand()).
  Tensor register_parameter(const std::string& name, Tensor parameter);
  /// Registers state that is saved with the module but not trained. Throws like register_parameter().
  Tensor register_buffer(const std::string& name, Tensor buffer);
  /// Registers a copy of `child`, which shares everything with it. Throws ValueError for an invalid name, as
  /// register_parameter() does.
  template <std::derived_from<Module> Child>
  void register_module(const std::string& name, const Child& child) {
    add_child(name, std::make_shared<Child>(child));
  }
  template <std::derived_from<Module> Child>
  std::shared_ptr<Child> register_module(const std::string& name, std::shared_ptr<Child> child) {
    add_child(name, child);
    return child;
  }

 private:
  struct State;
  void check_name(const char* function, const std::string& name) const;
  void add_child(const std::string& name, std::shared_ptr<Module> child);
  NamedTensors tensors(bool parameters, bool buffers, bool repeated) const;

  std::shared_ptr<State> state_;
  friend class CallObserver;
};

/// While an object of this class exists, its called() is called after each call of a module on this thread.
class CallObserver {
 public:
  CallObserver();
  CallObserver(const CallObserver&) = delete;
  CallObserver& operator=(const CallObserver&) = delete;
  virtual ~CallObserver();
  virtual void called(const Module& module, const Tensor& result) = 0;

 protected:
  /// An address that is the same for all copies of a module, and different for different modules.
  static const void* identity(const Module& module) { return module.state_.get(); }

 private:
  CallObserver* before_;
};

}  // namespace taper::nn
