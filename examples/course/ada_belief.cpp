// Your own optimizer in the race: copy this file, change the rule, and its last line enters it.
#include <cmath>

#include "racing.h"
#include <taper/taper.h>

using namespace taper;

namespace course {
namespace {

/// AdaBelief (Zhuang et al., 2020): Adam, but divided by how far gradients are from their average: long steps
/// where they agree.
class AdaBelief : public optim::Optimizer {
 public:
  using Optimizer::Optimizer;

 private:
  Tensor update(const Tensor& w, const Tensor& gradient, optim::Step& at) override {
    Tensor &m = at.slots["m"], &s = at.slots["s"];
    const auto t = static_cast<double>(iterations() + 1);
    m = 0.9 * m + 0.1 * gradient;
    s = 0.999 * s + 0.001 * square(gradient - m);
    return w - at.learning_rate * (m / (1 - std::pow(0.9, t))) / (sqrt(s / (1 - std::pow(0.999, t))) + 1e-8);
  }
};

const Enter entered = Enter::by_class<AdaBelief>("AdaBelief");

}  // namespace
}  // namespace course
