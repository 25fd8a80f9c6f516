// A user's program: a model, one step, and a lower loss.
#include <cstdio>

#include <taper/taper.h>

using namespace taper;

int main() {
  const Tensor x = from_data({1.f, 2.f, 3.f}, {3}), y = 2 * x + 1;
  Tensor w = zeros({}).set_requires_grad(), b = zeros({}).set_requires_grad();
  const auto loss = [&] { return mean(square(w * x + b - y)); };
  const Tensor before = loss();
  before.backward();
  w = (w - 0.1 * w.grad()).detach();
  b = (b - 0.1 * b.grad()).detach();
  const float after = loss().item<float>();
  std::printf("loss %g, then %g\n", before.item<float>(), after);
  return after < before.item<float>() ? 0 : 1;
}
