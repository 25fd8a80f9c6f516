// Optimizer: the base class. It owns all but the update rule.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <taper/optim/options.h>
#include <taper/optim/parameters.h>
#include <taper/tensor/tensor.h>

namespace taper::optim {

struct FusedRule;

/// Changes parameters along their gradients. One step(), as in Keras 3: clip the gradients, decay all
/// weights, apply the rule to each parameter that has a gradient, count the step.
///
/// A subclass writes only its rule, update():
///
///     class SignDescent : public optim::Optimizer {
///      public:
///       using Optimizer::Optimizer;
///
///      private:
///       Tensor update(const Tensor& parameter, const Tensor& gradient, optim::Slots& slots) override {
///         Tensor& momentum = slots["momentum"];
///         momentum = 0.9 * momentum + 0.1 * gradient;
///         return parameter - learning_rate() * sign(momentum);
///       }
///     };
class Optimizer {
 public:
  /// `name` begins error messages. Throws ValueError for an empty list, a parameter that requires no
  /// gradient, is listed twice or shares memory with another, a negative or infinite option, or several ways
  /// of clipping.
  explicit Optimizer(const Parameters& parameters, const OptimizerOptions& options = {},
                     const char* name = "Optimizer");
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;
  virtual ~Optimizer();

  /// Applies the gradients in grad(). A parameter without one is left alone. Throws ValueError if none has
  /// one.
  void step();
  /// Clears the gradients of all parameters.
  void zero_grad();
  /// One step of training: clears the gradients, computes the loss and its gradients, applies them. Returns
  /// the loss before the step, without history.
  template <class LossFunction>
  Tensor minimize(LossFunction&& loss_function) {
    zero_grad();
    const Tensor loss = std::forward<LossFunction>(loss_function)();
    loss.backward();
    step();
    return loss.detach();
  }

  /// The number of steps taken.
  std::int64_t iterations() const noexcept { return iterations_; }
  /// The learning rate of the next step; inside update(), of this one.
  double learning_rate() const { return rate_ ? *rate_ : options_.learning_rate(iterations_); }
  /// Throws ValueError for a number if the optimizer follows a schedule: it would be lost on the next step.
  void set_learning_rate(LearningRate rate);

  const char* name() const noexcept { return name_; }
  std::vector<NamedTensor> parameters() const;
  /// A copy of one slot of parameter `index`; undefined if there is none yet. Throws IndexError.
  Tensor slot(std::size_t index, std::string_view name) const;

 protected:
  /// The rule: the parameter's new value. It may assign to slots. Runs without recording.
  virtual Tensor update(const Tensor& parameter, const Tensor& gradient, Slots& slots);
  /// The rule as a kernel, which replaces update(): see Note [Fused rules] in fused.h.
  virtual std::optional<FusedRule> fused(DType dtype) const;

 private:
  struct Entry;    // a parameter and what belongs to it
  struct Piece;    // a part of a parameter
  struct Cleanup;  // the end of a step

  void check_memory() const;
  bool clips() const noexcept;
  void collect();
  template <class Body>
  void sweep(Body&& body);
  void measure();
  void clip(const Entry& entry, std::int64_t begin, std::int64_t count, void* out) const;
  void run_fused();
  void run_updates();
  void assign(Entry& entry, Tensor value);

  const char* name_;
  OptimizerOptions options_;
  std::int64_t iterations_ = 0;
  std::vector<Entry> entries_;
  std::vector<const Storage*> storages_;  // of the parameters, sorted
  // Of the step that runs; members so that they keep their memory.
  std::optional<double> rate_;  // for the parameter at hand
  std::vector<Entry*> active_;  // those with a gradient
  std::vector<Piece> pieces_;
  std::vector<std::size_t> tasks_;  // where each begins in pieces_, and the end
};

}  // namespace taper::optim
