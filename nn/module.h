// Module: the base class of layers and models. It stores their parameters, buffers and children by name.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <taper/tensor/function.h>
#include <taper/tensor/named_tensors.h>

namespace taper::nn {

using taper::NamedTensors;  // in order of registration

namespace detail {
class Call;
}

// Note [Modules are handles]
// Like a Tensor, a module is a handle: a copy has the same parameters, buffers, children, hooks and training
// flag. So modules can be returned, moved and stored in containers; nothing points to their address. A parent
// stores such a copy of each child. Modules cannot be assigned: the parent would still use the module that
// was registered. Other members, which are not tensors or modules, are copied like any C++ member and are not
// shared, so they should be constant, such as options. A second model with the same values is made as the
// first one was, and loads its state: `other.load_state_dict(model.state_dict())`.

/// Options of Module::state_dict().
struct StateOptions {
  /// Whether the tensors share the elements of the module, as is right for what is saved at once. Otherwise
  /// they are copies, which later steps of training do not change.
  bool share = false;
};

/// Options of Module::load_state_dict().
struct LoadOptions {
  bool strict = true;    ///< whether all names must be there, and no others
  bool convert = false;  ///< whether floating values of another dtype are converted
};

/// What load_state_dict() did not find, and what it did not use.
struct LoadResult {
  std::vector<std::string> missing, unexpected;
};

/// What all layers and models have in common. Derive yours from Layer: see layer.h.
class Module {
 public:
  Module(const Module&) = default;
  Module& operator=(const Module&) = delete;
  virtual ~Module();

  /// The result for one input, of a module whose class is not known here. Throws ValueError if its forward()
  /// takes other arguments, or has another result.
  Tensor operator()(const Tensor& x) const { return call(x); }

  /// The name of the class without namespaces: "Linear".
  std::string type() const;

  /// The trainable tensors of this module, then those of its children, each once. Names have dots:
  /// "hidden.weight".
  std::vector<Tensor> parameters() const;
  NamedTensors named_parameters() const;
  /// State that is not trained by gradients, such as running averages.
  std::vector<Tensor> buffers() const;
  NamedTensors named_buffers() const;
  /// The direct children: copies, which share everything with what was registered. See Note [Modules are
  /// handles].
  const std::vector<std::pair<std::string, std::shared_ptr<Module>>>& named_children() const;
  /// This module (with the name "") and all its descendants, each once.
  std::vector<std::pair<std::string, Module*>> named_modules();
  /// The descendant with this name: "backbone.3". Throws ValueError if there is none.
  Module& get_submodule(const std::string& name);
  /// Calls `function` with each of the descendants, then with this module.
  void apply(const Function<void(Module& module)>& function);
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
  /// the graph: `best = model.state_dict()` keeps what the model is now.
  NamedTensors state_dict(const StateOptions& options = {}) const;
  /// Copies the values of `state` into the parameters and buffers; the order does not matter. Names, shapes
  /// and dtypes must be those of state_dict(), unless the options allow less. Otherwise nothing is changed,
  /// and a ValueError (names), ShapeError or DTypeError lists all differences.
  LoadResult load_state_dict(const NamedTensors& state, const LoadOptions& options = {});

  /// Calls `hook` with each result of this module; if the hook returns a defined tensor, that replaces the
  /// result. Of a result that is a struct, pair, tuple or vector, it gets the first tensor (a member called
  /// `output`, if there is one). Returns a number for remove_hook().
  int register_forward_hook(Function<Tensor(const Tensor& result)> hook);
  /// The same with the gradient of each result, when it is computed.
  int register_gradient_hook(Function<Tensor(const Tensor& gradient)> hook);
  /// Removes a hook, if it is still there.
  void remove_hook(int number);

 protected:
  Module();

  /// Registers a trainable tensor and returns it: `const Tensor weight = parameter("weight", ...)`. Declare
  /// the member const: if it could be assigned, it would no longer be the registered tensor. Throws
  /// ValueError for a name that is empty, contains a dot or is already used, and for a tensor whose elements
  /// share memory (as after expand()).
  Tensor parameter(const std::string& name, Tensor tensor);
  /// Registers state that is saved with the module but not trained. Throws like parameter().
  Tensor buffer(const std::string& name, Tensor tensor);
  /// Registers a module as a part of this one and returns it: `nn::Linear hidden = child("hidden",
  /// nn::Linear(784, 128))`. The parent stores a copy, which shares everything with it. Throws ValueError for
  /// an invalid name, as parameter() does.
  template <std::derived_from<Module> Child>
  Child child(const std::string& name, Child module) {
    add_child(name, std::make_shared<Child>(module));
    return module;
  }
  template <std::derived_from<Module> Child>
  std::shared_ptr<Child> child(const std::string& name, std::shared_ptr<Child> module) {
    add_child(name, module);
    return module;
  }
  /// Puts another module in the place of a child. Only for children that are not members as well. Throws
  /// ValueError if there is no child of this name.
  void replace_child(const std::string& name, std::shared_ptr<Module> module);
  /// forward() with one tensor: see Layer.
  virtual Tensor call(const Tensor& x) const;

 private:
  struct State;
  void check_name(const char* function, const std::string& name) const;
  void check_child(const char* function, const std::string& name,
                   const std::shared_ptr<Module>& module) const;
  void add_child(const std::string& name, std::shared_ptr<Module> module);
  NamedTensors tensors(bool parameters, bool buffers, bool repeated) const;

  std::shared_ptr<State> state_;
  friend class detail::Call;
  friend class CallObserver;
};

}  // namespace taper::nn
