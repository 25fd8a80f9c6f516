// A new optimizer: its rule, and nothing else. Schedules, clipping and decay come with the base class.
#include <cstdio>

#include <taper/taper.h>

using namespace taper;

/// Lion (Chen et al., 2023): steps of one size, in the direction of a moving average.
class Lion : public optim::Optimizer {
 public:
  using Optimizer::Optimizer;

 private:
  Tensor update(const Tensor& parameter, const Tensor& gradient, optim::Step& at) override {
    Tensor& momentum = at.slots["momentum"];
    const Tensor direction = sign(0.9 * momentum + 0.1 * gradient);
    momentum = 0.99 * momentum + 0.01 * gradient;
    return parameter - at.learning_rate * direction;
  }
};

int main() {
  // Points on the line y = 3 x - 1.
  const Tensor x = linspace(-1, 1, 21), y = 3 * x - 1;
  Tensor slope = zeros({}).set_requires_grad(), intercept = zeros({}).set_requires_grad();
  Lion lion({slope, intercept}, {.learning_rate = optim::ExponentialDecay(
                                     {.initial_learning_rate = 0.1, .decay_steps = 100, .decay_rate = 0.5})});
  for (int step = 0; step <= 1000; ++step) {
    const Tensor loss = lion.minimize([&] { return mean(square(slope * x + intercept - y)); });
    if (step % 250 == 0) std::printf("step %4d  loss %.6f\n", step, loss.item<double>());
  }
  std::printf("y = %.3f x + %.3f\n", slope.item<double>(), intercept.item<double>());
}
