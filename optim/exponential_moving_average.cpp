// ExponentialMovingAverage.
#include <cmath>
#include <type_traits>

#include <fmt/format.h>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/ops/arithmetic.h>
#include <taper/optim/exponential_moving_average.h>
#include <taper/optim/fields.h>
#include <taper/tensor/error.h>

namespace taper::optim {
namespace {

// Checks that a new value fits the average.
void check_like(const Tensor& x, const Tensor& average) {
  constexpr const char* owner = "ExponentialMovingAverage::update";
  if (!x.defined()) throw ValueError(fmt::format("{}: the tensor is undefined", owner));
  if (x.dtype() != DType::float32 && x.dtype() != DType::float64)
    throw DTypeError(fmt::format("{}: expected float32 or float64, got {}", owner, name(x.dtype())));
  if (!average.defined()) return;
  if (x.shape() != average.shape())
    throw ShapeError(fmt::format("{}: expected shape {}, as of the first value, got {}", owner,
                                 to_string(average.shape()), to_string(x.shape())));
  if (x.dtype() != average.dtype())
    throw DTypeError(fmt::format("{}: expected dtype {}, as of the first value, got {}", owner,
                                 name(average.dtype()), name(x.dtype())));
}

}  // namespace

template <class T>
ExponentialMovingAverage<T>::ExponentialMovingAverage(const Options& options) : options_(options) {
  check("ExponentialMovingAverage", {{"beta", &options_.beta, range::fraction}});
}

template <class T>
T ExponentialMovingAverage<T>::update(const T& x) {
  const NoGrad no_grad;
  if constexpr (std::is_same_v<T, Tensor>) check_like(x, average_);
  average_ = count_ == 0 ? (1 - options_.beta) * x : options_.beta * average_ + (1 - options_.beta) * x;
  ++count_;
  return value();
}

template <class T>
T ExponentialMovingAverage<T>::value() const {
  if (count_ == 0)
    throw ValueError("ExponentialMovingAverage::value: there is no value yet; call update() first");
  const NoGrad no_grad;
  if (!options_.bias_correction) return average_;
  return average_ / (1 - std::pow(options_.beta, static_cast<double>(count_)));
}

template class ExponentialMovingAverage<double>;
template class ExponentialMovingAverage<Tensor>;

}  // namespace taper::optim
