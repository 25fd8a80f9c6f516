// libFuzzer: no text makes from_config, get or schedule_from_config do anything but return an optimizer or
// schedule, or throw taper::Error. What they return says of itself what it is, works, and goes on from its
// saved state.
#include <string>

#include "digest.h"
#include "reader.h"
#include <taper/autograd/ops/shape.h>
#include <taper/optim/optim.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/error.h>

using namespace taper;

namespace {

NamedTensors parameters() {
  return {{"weight", linspace(-1, 1, 6).set_requires_grad()},
          {"kernel", reshape(linspace(0.5, 1, 6, float64), {2, 3}).set_requires_grad()},
          {"bias", zeros({3}).set_requires_grad()}};
}

void step(optim::Optimizer& optimizer) {
  for (auto& [name, parameter] : optimizer.parameters())
    if (name != "bias") parameter.set_grad(reshape(linspace(-1, 1, 6, parameter.dtype()), parameter.shape()));
  optimizer.step();
}

void use(optim::Optimizer& optimizer) {
  const std::string text = optim::serialize(optimizer);
  const auto twin = optim::from_config(text, parameters());
  if (optim::serialize(*twin) != text) __builtin_trap();

  step(optimizer);
  twin->load_state_dict(optimizer.state_dict());
  const auto ours = optimizer.parameters(), theirs = twin->parameters();
  for (std::size_t i = 0; i < ours.size(); ++i) {
    Tensor to = theirs[i].second.detach();
    compute::copy(to, ours[i].second);
  }
  step(optimizer);
  step(*twin);
  for (std::size_t i = 0; i < ours.size(); ++i)
    require_same("an optimizer with another's state", ours[i].second.detach(), theirs[i].second.detach());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader reader({data, size});
  static const std::vector<std::string> classes = optim::class_names();
  const std::size_t choice = reader.below(classes.size() + 2);
  const std::string text(reader.rest().begin(), reader.rest().end());
  try {
    if (choice == 0)
      use(*optim::from_config(text, parameters()));
    else if (choice == 1)
      static_cast<void>(optim::schedule_from_config(text)(10));
    else
      use(*optim::get(classes[choice - 2], parameters(), text));
  } catch (const Error&) {
  }
  return 0;
}
