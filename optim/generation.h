// Generation: which library, and which version of it, an optimizer reproduces.
#pragma once

#include <cstdint>

#include <taper/tensor/dtype.h>

namespace taper::optim {

// Note [Generations]
// tf.keras of TensorFlow 2.3.1 stores hyperparameters, except epsilon, as float32, whatever the dtype of the
// weights (0.9 becomes 0.89999998), and computes 1 - beta in the dtype of the weights; its schedules compute
// in float32. Keras 3 computes 1 - beta in double. Where the formulas differ as well, the comment of the
// optimizer says so.
//
// PyTorch (2.15) computes all numbers in double until they meet a tensor. Beside the formulas, three things
// differ for all optimizers: each parameter counts its own updates (Step::updates), which are part of the
// state; weight decay is added to the gradient (an L2 penalty) unless it is decoupled, and decoupled it
// multiplies the weights by 1 - learning_rate * weight_decay; schedules compute in double. The defaults stay
// Keras's: see pytorch.h for PyTorch's.

enum class Generation {
  keras_3,       // Keras 3
  tf_keras_2_3,  // tf.keras of TensorFlow 2.3.1: see Note [Generations]
  pytorch,       // PyTorch: see Note [Generations]
};

/// A hyperparameter as this generation stores it.
double stored(double value, Generation generation);
/// epsilon as this generation uses it: in tf.keras 2.3, 0 means 1e-7.
double stored_epsilon(double epsilon, Generation generation);
/// 1 - value, computed in the dtype.
double one_minus(double value, DType dtype);
/// 1 - value as this generation computes it.
double one_minus(double value, DType dtype, Generation generation);
/// 1 - beta^step, computed in the dtype; in float32 it is inexact for the first steps, as in Keras.
double bias_correction(double beta, std::int64_t step, DType dtype);

}  // namespace taper::optim
