// An operation of your own with its gradient, checked against finite differences.
#include <cmath>
#include <cstdio>

#include <taper/taper.h>

using namespace taper;

/// x / sqrt(1 + x^2), element by element (Carlile et al.: Improving deep learning by inverse square root
/// linear units; 2017). Any loop gives the value; the gradient, (1 + x^2)^-1.5, is written with
/// differentiable operations and the saved result, so that it has a gradient as well.
Tensor isru(const Tensor& x) {
  if (!is_floating(x.dtype())) throw DTypeError("isru: expected float32 or float64");
  const Tensor from = contiguous(x.detach());
  Tensor value = Tensor::empty(x.shape(), x.dtype());
  visit_floating(x.dtype(), [&]<class T>() {
    const T* const in = from.data<T>();
    T* const out = value.mutable_data<T>();
    for (std::int64_t i = 0; i < from.numel(); ++i) out[i] = in[i] / std::sqrt(1 + in[i] * in[i]);
  });
  return record("isru", save(value), {x},
                [](const Backward& at, const Tensor& g) { return g * pow(1 - square(at.output()), 1.5); });
}

int main() {
  const Tensor x = linspace(-2, 2, 6, float64).set_requires_grad();
  const Tensor y = isru(x);
  sum(y).backward();
  std::printf("x         %s\nisru(x)   %s\ngradient  %s\n", to_string(x).c_str(), to_string(y).c_str(),
              to_string(x.grad()).c_str());

  const auto function = [](const std::vector<Tensor>& inputs) { return isru(inputs[0]); };
  gradcheck(function, {x});  // throws unless they agree
  gradgradcheck(function, {x});
  std::puts("The gradient and its gradient agree with finite differences.");
}
