// Generation: whose form of an update rule.
#pragma once

#include <cstdint>

#include <taper/tensor/dtype.h>

namespace taper::optim {

// Note [Generations]
// tf.keras of TensorFlow 2.3.1 keeps hyperparameters, except epsilon, as float32 whatever the dtype of the
// weights (0.9 is 0.89999998), and subtracts in the dtype of the weights. Keras 3 subtracts first, in double.
// Schedules calculate in float32 then. Where the formulas differ, too, the optimizers say so.

enum class Generation {
  keras_3,       // Keras 3
  tf_keras_2_3,  // tf.keras of TensorFlow 2.3.1: see Note [Generations]
};

/// A hyperparameter as the generation keeps it.
double stored(double value, Generation generation);
/// epsilon as the generation takes it: in tf.keras 2.3 a 0 stands for 1e-7.
double stored_epsilon(double epsilon, Generation generation);
/// 1 - value, subtracted in the dtype.
double one_minus(double value, DType dtype);
/// 1 - value as the generation subtracts.
double one_minus(double value, DType dtype, Generation generation);
/// 1 - beta^step, calculated in the dtype: in float32 it has few digits at first.
double bias_correction(double beta, std::int64_t step, DType dtype);

}  // namespace taper::optim
