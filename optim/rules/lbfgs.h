// LBFGS: steps along an estimate of Newton's direction, made of the last changes of weights and gradient.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <taper/optim/optimizer.h>

namespace taper::optim {

struct LBFGSOptions {
  static constexpr const char* class_name = "LBFGS";
  static constexpr const char* module = "taper.optim";  // Keras has none
  LearningRate learning_rate = 1;
  /// The most iterations in one step().
  std::int64_t max_iter = 20;
  /// No more iterations begin after this many calls of the closure in one step(). 0: max_iter * 5 / 4.
  std::int64_t max_eval = 0;
  /// A step ends when no element of the gradient is larger,
  double tolerance_grad = 1e-7;
  /// or when no weight, or the loss, has changed by more.
  double tolerance_change = 1e-9;
  /// The number of changes that are kept, each as large as all parameters twice.
  std::int64_t history_size = 100;
  /// Empty: the length of an iteration's step is the learning rate. "strong_wolfe": it is searched for along
  /// the direction, beginning there, until loss and slope have fallen enough.
  std::string line_search_fn = {};
  std::string name = {};
};
Fields fields(LBFGSOptions& options);

/// d = -H g, with H the inverse Hessian that follows from the last changes s of the weights and y of the
/// gradient; w += t * d, with t = learning_rate, or min(1, 1 / sum(|g|)) * learning_rate in the very first
/// iteration, or what the line search finds (Nocedal, 1980). torch.optim.LBFGS.
///
///     optim::LBFGS lbfgs(model.parameters(), {.line_search_fn = "strong_wolfe"});
///     for (int i = 0; i < 10; ++i) lbfgs.minimize([&] { return loss(model(x), y); });
///
/// All parameters are one vector, so there are no groups, and of the options of other optimizers it has only
/// the learning rate and the name. iterations() counts steps, each of up to max_iter iterations.
///
/// Use: Small problems, the whole data in each loss, and many digits.
/// Paper: https://doi.org/10.1090/S0025-5718-1980-0572855-7
class LBFGS : public Optimizer {
 public:
  using Options = LBFGSOptions;
  /// Throws what the base class throws, and ValueError for groups or an unknown line search.
  explicit LBFGS(const Parameters& parameters, const Options& options = {});

  using Optimizer::step;
  /// One iteration with the gradients that are there. Throws ValueError if none are, or with a line search,
  /// which must evaluate the loss: step(closure) and minimize() do.
  void step() override;

  std::int64_t iterations() const noexcept override { return state_.steps; }
  /// How often the closure was called, in all steps.
  std::int64_t evaluations() const noexcept { return state_.evaluations; }
  double learning_rate() const override { return options_.learning_rate(state_.steps); }
  bool follows_schedule() const override { return options_.learning_rate.is_schedule(); }
  void set_learning_rate(LearningRate rate) override;
  using Optimizer::set_learning_rate;

  /// iteration, learning_rate (if a number), evaluations, n_iter, direction, step_size, old_dirs and old_stps
  /// [changes, elements], previous_gradient.
  NamedTensors state_dict() override;
  void load_state_dict(const NamedTensors& state) override;
  std::string get_config() const override;

 private:
  struct Change {
    Tensor gradient, weights;  // y and s
    double product;            // of the two
  };
  struct State {
    std::int64_t steps = 0, iterations = 0, evaluations = 0;
    Tensor direction{}, gradient{};  // of the last iteration; undefined before the first
    double size = 0;                 // how far it went along the direction
    std::vector<Change> changes{};
  };
  struct Point;
  struct Problem;

  Tensor step_with(const Function<Tensor()>& closure) override;
  Tensor attempt(const Function<Tensor()>* closure);
  Tensor newton(const State& state, const Tensor& gradient) const;
  Point search(Problem& problem, const Point& from, const Tensor& direction, double size,
               std::int64_t most) const;
  NamedTensors state(const State& of, std::int64_t changes) const;
  void follow_dtype();

  Options options_;
  State state_;
};

}  // namespace taper::optim
