// Training of the example's networks: the same bits for any number of threads.
#include <catch.h>

#include "../../examples/digits/models.h"
#include <taper/taper.h>

using namespace taper;

namespace {

using Bits = std::vector<float>;

/// Losses and parameters after some steps on `threads` threads.
Bits trained(const std::string& name, int threads) {
  constexpr std::int64_t batch = 48;
  set_num_threads(threads);
  manual_seed(3);
  nn::Sequential model = make_model(name);
  const Tensor images = uniform({batch, 1, 28, 28}, 0, 1), labels = random_integers({batch}, 0, 10);
  optim::Adam adam(model.named_parameters());
  Bits bits;
  for (int step = 0; step < 3; ++step)
    bits.push_back(adam.minimize([&] { return cross_entropy(model(images), labels); }).item<float>());
  for (const Tensor& parameter : model.parameters())
    for (const float value : parameter.to_vector<float>()) bits.push_back(value);
  return bits;
}

}  // namespace

TEST_CASE("the example's networks are trained to the same bits on any number of threads") {
  const int threads = num_threads();
  for (const char* const name : {"digits", "convnet", "lenet"}) {
    CAPTURE(name);
    const Bits one = trained(name, 1);
    CHECK(one[0] != one[1]);
    for (const int count : {2, 3, 8}) CHECK(trained(name, count) == one);
  }
  set_num_threads(threads);
}
