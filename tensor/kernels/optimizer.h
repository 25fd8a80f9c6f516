// Kernels: the update rules of optimizers, one pass over parameter, gradient and slots.
#pragma once

#include <cstdint>

#include <taper/tensor/kernels/dispatch.h>

namespace taper::kernels {

/// An update rule; in brackets its slots and its constants, in order. See Note [Rounding] in optimizer.cpp.
enum class Update {
  sgd,                        // [] [rate]
  sgd_momentum,               // [momentum] [rate, momentum]
  sgd_nesterov,               // the same
  momentum,                   // [velocity] [rate, momentum]
  momentum_nesterov,          // the same
  rmsprop,                    // [velocity] [rate, rho, 1 - rho, epsilon, momentum]
  rmsprop_centered,           // [velocity, average_gradient] the same
  rmsprop_momentum,           // [velocity, momentum] the same
  rmsprop_centered_momentum,  // [velocity, average_gradient, momentum] the same
  rmsprop_outside,            // as rmsprop, with epsilon outside the root
  rmsprop_centered_outside,
  adam,             // [momentum, velocity] [alpha, 1 - beta_1, 1 - beta_2, epsilon]
  adam_amsgrad,     // [momentum, velocity, velocity_hat] the same
  adagrad,          // [accumulator] [rate, epsilon]
  adagrad_outside,  // the same, with epsilon outside the root
  adadelta,         // [accumulated_grad, accumulated_delta_var] [rate, rho, 1 - rho, epsilon]
  adamax,           // [momentum, norm] [rate, 1 - beta_1, beta_2, epsilon, 1 - beta_1^t]
  nadam,            // [momentum, velocity] [rate, 1 - beta_1, 1 - beta_2, epsilon, see Nadam::fused]
  ftrl,             // [accumulator, linear] [rate, power, l1, 2 * l2, 2 * shrinkage]
  ftrl_root,        // the same for power 1/2
  lion,             // [momentum] [rate, beta_1, 1 - beta_1, beta_2, 1 - beta_2]
  count
};

struct OptimizerKernels {
  static constexpr int max_slots = 4, max_constants = 12;

  /// Updates `count` elements of parameter and slots in place. The constants are rounded to the dtype.
  using Loop = void (*)(std::int64_t count, void* parameter, const void* gradient, void* const* slots,
                        const double* constants);
  // Here and below [0] is for float and [1] for double.
  Loop update[static_cast<int>(Update::count)][2];

  /// parameter -= parameter * decay * rate
  void (*decay[2])(std::int64_t count, void* parameter, double decay, double rate);
  /// out = gradient * multiplier / divisor, limited to -limit..limit; NaN stays.
  void (*clip[2])(std::int64_t count, const void* gradient, void* out, double multiplier, double divisor,
                  double limit);
  /// sum = (sum + gradient) / divisor
  void (*accumulate[2])(std::int64_t count, void* sum, const void* gradient, double divisor);
  /// average = momentum * average + (1 - momentum) * parameter
  void (*average[2])(std::int64_t count, void* average, const void* parameter, double momentum);
  /// See Note [Lanes] in reduce.h.
  double (*sum_of_squares[2])(std::int64_t count, const void* x);
};

inline const OptimizerKernels& optimizer() { return table<OptimizerKernels>(); }

}  // namespace taper::kernels
