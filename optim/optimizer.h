// Optimizer: the base class. It owns all but the update rule.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <taper/optim/options.h>
#include <taper/optim/parameters.h>
#include <taper/tensor/tensor.h>

namespace taper::optim {

struct FusedRule;

/// What a rule may know of one parameter in one step.
struct Step {
  const std::string& name;
  const Tensor& parameter;
  double learning_rate;
  Slots& slots;
  /// The weight decay of the parameter, which the base class applies unless the rule's weight_decay() takes
  /// it over.
  double decay = 0;
  /// How often the parameter has been updated before. Counted, and saved with the state, in the generation
  /// pytorch only.
  std::int64_t updates = 0;

  DType dtype() const noexcept { return parameter.dtype(); }
};

/// Changes parameters along their gradients. One step(), as in Keras 3: undo the scaling of the loss, add the
/// gradients up (gradient_accumulation_steps), clip them, decay the weights, apply the rule to each parameter
/// that has a gradient, average the parameters (use_ema), count the step. A step that throws has changed
/// nothing; of what a rule keeps outside of its slots and scalars, the base class can't know.
///
/// Parameters may be frozen and thawed at any time (set_requires_grad()): a frozen one is not changed. They
/// may be converted to another dtype (Module::to()): what is kept for them follows, with its values.
///
/// A subclass writes only its rule, update():
///
///     class SignDescent : public optim::Optimizer {
///      public:
///       using Optimizer::Optimizer;
///
///      private:
///       Tensor update(const Tensor& parameter, const Tensor& gradient, optim::Step& at) override {
///         Tensor& momentum = at.slots["momentum"];
///         momentum = 0.9 * momentum + 0.1 * gradient;
///         return parameter - at.learning_rate * sign(momentum);
///       }
///     };
class Optimizer {
 public:
  /// `name` begins error messages. Throws ValueError for a name of more than 1,000 characters, a list in
  /// which nothing requires a gradient, a parameter that is no leaf, is listed twice or shares memory with
  /// another, a negative or infinite option, or several ways of clipping; DTypeError for a parameter that is
  /// not floating.
  explicit Optimizer(const Parameters& parameters, const OptimizerOptions& options = {},
                     const char* name = "Optimizer");
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;
  virtual ~Optimizer();

  /// Applies the gradients in grad(). A parameter without one is left alone. Throws ValueError if none has
  /// one, or if parameters have come to share memory; ShapeError if one has another shape than it had at
  /// first.
  virtual void step();
  /// One step for optimizers that may want the loss several times, such as LBFGS: the closure clears the
  /// gradients, computes the loss, calls backward() and returns the loss. Other optimizers call it once.
  /// Returns the first loss. See minimize(), which is shorter.
  Tensor step(const Function<Tensor()>& closure) { return step_with(closure); }
  /// Clears the gradients of all parameters.
  void zero_grad();
  /// One step of training: clears the gradients, computes the loss and its gradients, applies them. Returns
  /// the loss before the step, without history.
  template <class LossFunction>
  Tensor minimize(LossFunction&& loss_function) {
    return step_with([&] {
      zero_grad();
      const Tensor loss = loss_function();
      scale_loss(loss).backward();
      return loss.detach();
    });
  }

  /// The loss, multiplied by loss_scale_factor if that is set: what backward() is to be called on.
  virtual Tensor scale_loss(const Tensor& loss) const;
  /// Parameters whose names match one of these regular expressions (anywhere: "bias", "^norm\\."; see
  /// pattern.h) are not decayed. Throws ValueError for a pattern that is malformed or matches none.
  virtual void exclude_from_weight_decay(const std::vector<std::string>& patterns);
  /// Gives the parameters the values of their moving averages: at the end of training with use_ema. (Keras's
  /// finalize_variable_values.) Throws ValueError without use_ema, or before the first step.
  virtual void assign_averages();
  /// Whether there are averages: with use_ema, after the first step.
  virtual bool has_averages() const noexcept { return options_.use_ema && count_ > 0; }

  /// The number of updates: of steps, or of groups of gradient_accumulation_steps of them.
  virtual std::int64_t iterations() const noexcept {
    return count_ / (options_.gradient_accumulation_steps > 0 ? options_.gradient_accumulation_steps : 1);
  }
  /// The learning rate of the next step. Schedules are asked with the number of all steps, also those that
  /// only add gradients up.
  virtual double learning_rate() const { return options_.learning_rate(count_); }
  /// Whether the learning rate is a schedule, rather than a number.
  virtual bool follows_schedule() const { return options_.learning_rate.is_schedule(); }
  /// Throws ValueError for a number if the optimizer follows a schedule: it would be lost on the next step.
  virtual void set_learning_rate(LearningRate rate);
  /// The same for a group of parameters, whether it had one of its own or not. Throws IndexError, too.
  virtual void set_learning_rate(LearningRate rate, std::size_t group);

  /// All that it needs to go on as if never interrupted, beside the parameters; in Keras's order and with its
  /// names: iteration, learning_rate (if a number; learning_rate_1, ... of groups with their own),
  /// PARAMETER_average, PARAMETER_gradient_accumulator, PARAMETER_SLOT, numbers of the rule. Copies. Throws
  /// ValueError if parameters have equal names.
  virtual NamedTensors state_dict();
  /// Takes what state_dict() gave, of this or an equal optimizer, in any order. Before anything changes it
  /// throws ValueError for missing, unexpected or repeated names, ShapeError or DTypeError for tensors that
  /// do not fit; one error says all that differs.
  virtual void load_state_dict(const NamedTensors& state);

  /// The name of the class, which begins error messages.
  const char* name() const noexcept { return name_; }
  /// All options as a JSON object with Keras's keys. Throws ValueError for a learning rate that is an
  /// arbitrary callable. See registry.h for the way back.
  virtual std::string get_config() const;
  NamedTensors parameters() const;
  /// A copy of one slot of parameter `index`; undefined if there is none yet. Throws IndexError.
  virtual Tensor slot(std::size_t index, std::string_view name) const;

 protected:
  virtual Tensor step_with(const Function<Tensor()>& closure);
  /// The rule: the new value of `parameter`, whose weights have decayed. It may assign to slots. Runs without
  /// recording, for one parameter after the other, before any of them changes.
  virtual Tensor update(const Tensor& parameter, const Tensor& gradient, Step& at);
  /// The rule as a kernel, which replaces update(): see Note [Fused rules] in fused.h.
  virtual std::optional<FusedRule> fused(const Step& at) const;
  /// Makes all slots (and scalars) of a parameter, and returns true: so the state is complete before the
  /// first step, and checked when it is loaded. A rule that does not override it makes them on first use.
  virtual bool declare(Step&) { return false; }
  /// Called once before the rules of a step run, for what all parameters share, such as Nadam's product, in
  /// the dtype of the first of them. Groups with options of their own share nothing with others: it is called
  /// for each of them, just before fused(); scalar() tells them apart.
  virtual void prepare(DType) {}
  /// A number that is saved with the state; made on first use. The reference stays valid, unless the step
  /// that made it fails.
  double& scalar(std::string_view name, double initial = 0);
  /// The decay of a parameter's weights, given that of its group: Muon has two. 0: the rule decays them
  /// itself, by Step::decay.
  virtual double weight_decay(const Step&, double shared) const { return shared; }
  /// The options of the subclass: see Note [Fields]. Only groups write to them: see Note [Group options].
  virtual Fields own_fields() const { return {}; }
  /// The library whose conventions it follows: see Note [Generations].
  virtual Generation generation() const { return Generation::keras_3; }
  /// Whether weight decay is added to the gradient.
  virtual bool couples_decay() const { return false; }
  /// The number of this update, from 1, as the generation counts it.
  std::int64_t update_number(const Step& at) const {
    return (generation() == Generation::pytorch ? at.updates : iterations()) + 1;
  }
  /// Finds the options that groups and schedules set: a constructor calls it so that errors come early.
  void find_group_options();
  /// Calls a function for each parameter, with the options of its group; the learning rate is 0.
  void each_parameter(const Function<void(Step&)>& function);

 private:
  friend class LossScaleOptimizer;  // it sets another's loss_scale_factor
  struct Entry;                     // a parameter and what belongs to it
  struct Piece;                     // a part of a parameter
  struct Attempt;                   // a step, until nothing can fail
  struct Override;                  // an option of a group
  class WithOptions;                // while it lives, the rule has the options of a group

  void check_memory();
  void follow();
  std::byte* memory(const Entry& entry, const Tensor& tensor, const char* what) const;
  void replace(LearningRate& old, LearningRate rate) const;
  const LearningRate& rate_of(const Entry& entry) const;
  std::optional<double> momentum(const LearningRate& rate) const;
  std::size_t context(const Entry& entry) const;
  void build();
  NamedTensors state();
  bool clips() const noexcept;
  double learning_rate(const Entry& entry);
  double weight_decay(const Entry& entry) const;
  void collect();
  void choose_rules();
  void add_up();
  template <class Body>
  void sweep(Body&& body);
  void measure();
  void clip(const Entry& entry, const void* gradient, std::int64_t count, void* out) const;
  void run_updates();
  void take_memory();
  void write(bool updating, bool added_up);
  bool overwrites() const noexcept;
  bool is_of_a_parameter(const Tensor& tensor) const;

  const char* name_;
  OptimizerOptions options_;
  std::int64_t count_ = 0;  // of steps
  std::vector<Entry> entries_;
  std::deque<std::pair<std::string, double>> scalars_;
  std::vector<double> scalars_before_;  // the step that runs
  std::vector<ParameterGroup> groups_;
  bool found_options_ = false;
  std::vector<std::vector<Override>> overrides_;  // by group
  Fields momentum_;                               // the option that a schedule may drive, if there is one
  std::size_t context_ = 0;                       // whose options the rule has: 0, or a group from 1
  std::vector<const Storage*> storages_;          // of the parameters, sorted
  // Of the step that runs; members so that they keep their memory.
  std::vector<std::array<std::optional<double>, 2>> rates_;  // by group, and by dtype
  std::vector<Entry*> active_;                               // those with a gradient
  std::vector<Piece> pieces_;
  std::vector<std::size_t> tasks_;  // where each begins in pieces_, and the end
};

/// The base of an optimizer with options of its own: it checks them by their fields(), and knows how to write
/// and read them.
template <class T>
class OptimizerWith : public Optimizer {
 public:
  using Options = T;
  /// Throws ValueError, besides the base class's, for a value out of its range.
  explicit OptimizerWith(const Parameters& parameters, const Options& options = {})
      : Optimizer(parameters, shared_options(options), Options::class_name), options_(options) {
    check(Options::class_name, own_fields());
    Options defaults;
    check_generation(Options::class_name, generation(), own_fields(), fields(defaults));
    find_group_options();
  }

 protected:
  Fields own_fields() const final { return fields(const_cast<Options&>(options_)); }
  Generation generation() const final {
    if constexpr (requires { options_.generation; }) return options_.generation;
    return Generation::keras_3;
  }
  bool couples_decay() const final {
    if constexpr (requires { options_.decoupled_weight_decay; })
      if (options_.decoupled_weight_decay) return false;
    return generation() == Generation::pytorch;
  }
  Options options_;
};

}  // namespace taper::optim
