// Kernels: the update rules of optimizers, one pass over parameter, gradient and slots.
#pragma once

#include <cstdint>

#include <taper/tensor/kernels/dispatch.h>
#include <taper/tensor/kernels/update/rules.h>

namespace taper::kernels {

struct OptimizerKernels {
  static constexpr int max_slots = 4, max_constants = 12;

  /// Updates `count` elements of parameter and slots in place. The constants, the members of the rule in
  /// order, are rounded to the dtype. See Note [Update rules].
  using Loop = void (*)(std::int64_t count, void* parameter, const void* gradient, void* const* slots,
                        const double* constants);
  // Here and below [0] is for float and [1] for double.
  Loop update[update::Rules::count][2];  // in the order of the list

  /// parameter -= parameter * decay * rate
  void (*decay[2])(std::int64_t count, void* parameter, double decay, double rate);
  /// parameter *= factor
  void (*scale[2])(std::int64_t count, void* parameter, double factor);
  /// out = gradient + parameter * decay
  void (*couple[2])(std::int64_t count, const void* gradient, const void* parameter, double decay, void* out);
  /// out = gradient * multiplier / divisor, limited to -limit..limit; NaN stays.
  void (*clip[2])(std::int64_t count, const void* gradient, void* out, double multiplier, double divisor,
                  double limit);
  /// sum = (sum + gradient) / divisor
  void (*accumulate[2])(std::int64_t count, void* sum, const void* gradient, double divisor);
  /// average = momentum * average + (1 - momentum) * parameter
  void (*average[2])(std::int64_t count, void* average, const void* parameter, double momentum);
  /// See Note [Lanes].
  double (*sum_of_squares[2])(std::int64_t count, const void* x);
};

inline const OptimizerKernels& optimizer() { return table<OptimizerKernels>(); }

}  // namespace taper::kernels
