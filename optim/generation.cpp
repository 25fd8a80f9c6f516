// Generation: hyperparameters as each library stores them.
#include <cmath>

#include <taper/optim/generation.h>

namespace taper::optim {

double stored(double value, Generation generation) {
  return generation == Generation::tf_keras_2_3 ? static_cast<float>(value) : value;
}

double stored_epsilon(double epsilon, Generation generation) {
  return epsilon == 0 && generation == Generation::tf_keras_2_3 ? 1e-7 : epsilon;
}

double one_minus(double value, DType dtype) {
  return visit_floating(dtype, [&]<class T>() -> double { return T(1) - static_cast<T>(value); });
}

double one_minus(double value, DType dtype, Generation generation) {
  return generation == Generation::tf_keras_2_3 ? one_minus(stored(value, generation), dtype) : 1 - value;
}

double bias_correction(double beta, std::int64_t step, DType dtype) {
  return visit_floating(dtype, [&]<class T>() -> double {
    return T(1) - std::pow(static_cast<T>(beta), static_cast<T>(step));
  });
}

}  // namespace taper::optim
