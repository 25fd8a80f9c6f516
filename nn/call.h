// Calls of modules: which ones run on this thread, hooks, and errors that name the place. Used by Layer.
#pragma once

#include <string>
#include <utility>

#include <taper/nn/module.h>

namespace taper::nn {

/// While an object of this class exists, its called() is called after each call of a module on this thread
/// that has a tensor as its result, or in it.
class CallObserver {
 public:
  CallObserver();
  CallObserver(const CallObserver&) = delete;
  CallObserver& operator=(const CallObserver&) = delete;
  virtual ~CallObserver();
  virtual void called(const Module& module, const Tensor& result) = 0;
  /// Around each call, also one that ends by an exception.
  virtual void entered(const Module&) {}
  virtual void left(const Module&) noexcept {}

 protected:
  /// An address that is the same for all copies of a module, and different for different modules.
  static const void* identity(const Module& module) { return module.state_.get(); }

 private:
  CallObserver* before_;
};

namespace detail {

/// A call of a module, from its construction on.
class Call {
 public:
  /// Throws ValueError if the module has parameters and is not a descendant of the module that calls it.
  explicit Call(const Module& module);
  /// Of what is called from here on, nothing belongs to a module that was called before.
  Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call();

  /// Calls hooks and observers with the result, unless it is null.
  void finish(Tensor* result) const;
  /// Puts the place of this call in front of the message, unless a call within this one has done so.
  void name_place(Error& error) const;
  /// The path of the innermost module that runs on this thread, from the outermost one, and its type:
  /// "backbone.3 (Linear)"; empty if none runs.
  static std::string place();

 private:
  const Module* module_ = nullptr;  // null: see Call()
  const Call* const outer_;
};

void check_input(const Tensor& first);
template <class... Inputs>
void check_input(const Inputs&...) {}
template <class... Inputs>
void check_input(const Tensor& first, const Inputs&...) {
  check_input(first);
}

/// The first tensor of a result, or null.
inline Tensor* first_tensor(Tensor& result) { return &result; }
template <class Result>
Tensor* first_tensor(Result& result) {
  if constexpr (requires { first_tensor(result.output); })
    return first_tensor(result.output);
  else if constexpr (requires { first_tensor(std::get<0>(result)); })
    return first_tensor(std::get<0>(result));
  else if constexpr (requires { first_tensor(result.front()); })
    return result.empty() ? nullptr : first_tensor(result.front());
  else
    return nullptr;
}

}  // namespace detail

/// A module that another one calls without owning it, so that it is neither trained nor saved with the other:
///
///     struct Distilled : nn::Layer<Distilled> {
///       nn::External<Net> teacher;
///       ...
template <std::derived_from<Module> M>
class External {
 public:
  External(const M& module) : module_(module) {}  // NOLINT: implicit on purpose
  template <class... Inputs>
  auto operator()(Inputs&&... inputs) const {
    const detail::Call outside;
    return module_(std::forward<Inputs>(inputs)...);
  }
  const M& module() const noexcept { return module_; }

 private:
  M module_;
};

}  // namespace taper::nn
