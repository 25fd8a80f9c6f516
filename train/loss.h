// Loss: a function of a model's output and the targets, as Trainer takes it, with weights of the examples.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>
#include <vector>

#include <taper/tensor/cross_entropy.h>
#include <taper/tensor/function.h>
#include <taper/tensor/tensor.h>

namespace taper::training {

/// Made implicitly of
///
///     cross_entropy, mse_loss, ...             a function with options, whose mean is taken
///     {cross_entropy, {.label_smoothing = 0.1}} the same with other options
///     nn::HuberLoss({.delta = 2})              a layer
///     [](const Tensor& output, const Tensor& target) { return ...; }
///     [](const Tensor& output, const std::vector<Tensor>& targets) { return ...; }
///
/// A function of your own returns a scalar or, so that examples may have weights, one loss for each example
/// (or each element of it); then the loss is their mean.
class Loss {
 public:
  template <class Options>
  Loss(Tensor (*function)(const Tensor&, const Tensor&, const Options&),  // NOLINT: implicit on purpose
       std::type_identity_t<Options> options = {})
      : reduction_(options.reduction),
        call_([function, options = std::move(options)](const Tensor& output,
                                                       const std::vector<Tensor>& targets, bool each) {
          if (!each) return function(output, targets[0], options);
          Options unreduced = options;
          unreduced.reduction = Reduction::none;
          return function(output, targets[0], unreduced);
        }) {}

  template <class Callable>
  requires(std::is_class_v<Callable> && !std::same_as<Callable, Loss> &&
           (std::is_invocable_r_v<Tensor, const Callable&, const Tensor&, const Tensor&> ||
            std::is_invocable_r_v<Tensor, const Callable&, const Tensor&, const std::vector<Tensor>&>))
      Loss(Callable callable) {  // NOLINT
    if constexpr (requires { Callable(callable.options).options.reduction; }) {
      auto options = callable.options;
      reduction_ = std::exchange(options.reduction, Reduction::none);
      call_ = [callable, unreduced = Callable(options)](const Tensor& output,
                                                        const std::vector<Tensor>& targets, bool each) {
        return each ? unreduced(output, targets[0]) : callable(output, targets[0]);
      };
    } else if constexpr (std::is_invocable_r_v<Tensor, const Callable&, const Tensor&, const Tensor&>) {
      call_ = [callable](const Tensor& output, const std::vector<Tensor>& targets, bool) -> Tensor {
        return callable(output, targets[0]);
      };
    } else {
      call_ = [callable](const Tensor& output, const std::vector<Tensor>& targets, bool) -> Tensor {
        return callable(output, targets);
      };
    }
  }

  /// The loss of a batch, a scalar. With `weights`, one of each example: the losses of an example (their
  /// mean, if it has several) times its weight, summed and divided by the number of examples, not by the sum
  /// of weights, as in Keras; a reduction `sum` of the options stays a sum. Throws ValueError if the function
  /// gives a scalar, although there are weights; ShapeError unless there is one weight for each loss.
  Tensor operator()(const Tensor& output, const std::vector<Tensor>& targets,
                    const Tensor& weights = {}) const;

 private:
  Reduction reduction_ = Reduction::mean;
  Function<Tensor(const Tensor& output, const std::vector<Tensor>& targets, bool each)> call_;
};

}  // namespace taper::training
