// Learns XOR, which no single layer can: a model, a loss, an optimizer, a loop.
#include <iostream>

#include <taper/taper.h>

using namespace taper;

int main() {
  manual_seed(1);
  const Tensor x = tensor({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}});
  const Tensor y = tensor({{0.}, {1.}, {1.}, {0.}});

  nn::Sequential model(nn::Linear(2, 8), nn::Tanh(), nn::Linear(8, 1));
  optim::Adam optimizer(model.parameters(), {.learning_rate = 0.05});

  for (int step = 0; step <= 200; ++step) {
    const Tensor loss = optimizer.minimize([&] { return binary_cross_entropy_with_logits(model(x), y); });
    if (step % 50 == 0) std::cout << "step " << step << "  loss " << loss.item<float>() << '\n';
  }
  std::cout << sigmoid(model(x)).detach() << '\n';
}
