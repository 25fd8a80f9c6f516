// Module: the base of layers and models. It knows their parameters, buffers and children by name.
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
// So modules can be returned, moved and kept in containers freely; nothing points to where they once lay.
// Registering a child keeps such a copy of it. There is no assignment: the parent would still have the one
// that was registered. Members that are no tensors and no modules are copied as C++ does; options, which
// never change, may be such members.

/// A layer or a model. A class derives from it, registers its parameters and children, and says in forward()
/// what it computes:
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
/// Copies share all of that, as copies of a Tensor share its elements: see Note [Modules are handles].
class Module {
 public:
  Module(const Module&) = default;
  Module& operator=(const Module&) = delete;
  virtual ~Module();

  /// The result for one input. A module of another signature has its own function instead; this one then
  /// throws ValueError.
  virtual Tensor forward(const Tensor& x);
  Tensor operator()(const Tensor& x);

  /// The class's name without namespaces: "Linear".
  std::string type() const;

  /// What is to be learned, each once, children after the module's own. Names have dots: "hidden.weight".
  std::vector<Tensor> parameters() const;
  NamedTensors named_parameters() const;
  /// State that is not learned by gradients, such as running averages.
  std::vector<Tensor> buffers() const;
  NamedTensors named_buffers() const;
  /// The modules registered here, and with named_modules() this one ("") and all below it, each once. Those
  /// registered by value are copies, which share everything: see Note [Modules are handles].
  const std::vector<std::pair<std::string, std::shared_ptr<Module>>>& named_children() const;
  std::vector<std::pair<std::string, Module*>> named_modules();
  /// The number of elements of all parameters.
  std::int64_t num_parameters() const;

  /// Switches this and all below it to training (dropout drops, batch normalization learns) or evaluation.
  void train(bool training = true);
  void eval() { train(false); }
  bool is_training() const;

  /// Freezes all parameters, or makes them learn again.
  void set_requires_grad(bool required = true);
  /// Clears the gradients of all parameters.
  void zero_grad();
  /// Converts all floating parameters, gradients and buffers; everybody who holds them sees it. Throws
  /// DTypeError unless `dtype` is floating.
  void to(DType dtype);

  /// Parameters and buffers under PyTorch's names ("0.weight", "1.running_mean"), without history. They share
  /// the elements: save them before training goes on, or copy them.
  NamedTensors state_dict() const;
  /// Copies values, which may be views of the module's own, into the parameters and buffers. Names, shapes
  /// and dtypes must be exactly those of state_dict(), in any order: otherwise nothing is changed, and
  /// ValueError (if names differ), ShapeError or DTypeError says all that differs.
  void load_state_dict(const NamedTensors& state);

 protected:
  Module();

  /// Registers a tensor that is to be learned and returns it, for `weight(register_parameter(...))`. Members
  /// are `const Tensor`: another tensor in their place would not be the registered one. Throws ValueError for
  /// a name that is empty, has a dot, or is taken, and for elements that share memory (as after expand()).
  Tensor register_parameter(const std::string& name, Tensor parameter);
  /// Registers state that is saved, but not learned.
  Tensor register_buffer(const std::string& name, Tensor buffer);
  /// Registers a child: a copy, which shares everything with the one given.
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

/// While it lives, it is told of each call of a module on this thread.
class CallObserver {
 public:
  CallObserver();
  CallObserver(const CallObserver&) = delete;
  CallObserver& operator=(const CallObserver&) = delete;
  virtual ~CallObserver();
  virtual void called(const Module& module, const Tensor& result) = 0;

 protected:
  /// The same for all copies of a module, and for no other.
  static const void* identity(const Module& module) { return module.state_.get(); }

 private:
  CallObserver* before_;
};

}  // namespace taper::nn
