// libFuzzer: load_state_dict of a module and of each optimizer takes a state or throws taper::Error, and then
// has changed nothing. Training goes on with what it took.
#include <map>
#include <memory>
#include <string>

#include "arguments.h"
#include "digest.h"
#include "state.h"
#include <taper/autograd/autograd.h>
#include <taper/io/safetensors.h>
#include <taper/nn/nn.h>
#include <taper/optim/optim.h>
#include <taper/tensor/create.h>
#include <taper/tensor/error.h>
#include <taper/tensor/memory.h>

using namespace taper;

namespace {

struct Training {
  nn::Sequential model{nn::Conv2d(1, 2, 2), nn::BatchNorm2d(2), nn::Flatten(), nn::Linear(8, 2)};
  std::unique_ptr<optim::Optimizer> optimizer;

  explicit Training(const std::string& optimizer_class)
      : optimizer(optim::get(optimizer_class, model.named_parameters(), R"({"use_ema": true})")) {}

  void step() {
    optimizer->minimize([&] { return sum(square(model(ones({2, 1, 3, 3})))); });
  }
};

NamedTensors state_of(Arguments& arguments, NamedTensors fitting) {
  if (arguments.flag()) return io::parse_safetensors(std::as_bytes(arguments.rest())).tensors;
  while (!arguments.empty() && !fitting.empty()) change(fitting, arguments);
  return fitting;
}

template <class Owner>
void load(Owner& owner, const NamedTensors& state) {
  const auto before = digests(owner.state_dict());
  std::map<std::string, std::uint64_t> given;  // now, as the state may be the owner's own tensors
  for (const auto& [name, tensor] : state)
    if (tensor.defined()) given[name] = digest(tensor);
  try {
    owner.load_state_dict(state);
  } catch (const Error&) {
    if (digests(owner.state_dict()) != before) __builtin_trap();
    throw;
  }
  for (const auto& [name, tensor] : owner.state_dict())
    if (digest(tensor) != given.at(name)) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Arguments arguments({data, size});
  static const std::vector<std::string> classes = optim::class_names();
  manual_seed(1);
  memory::limit(memory::statistics().bytes_reserved + (std::uint64_t{64} << 20));
  try {
    Training training(classes[arguments.below(classes.size())]);
    for (std::size_t i = arguments.below(3); i > 0; --i) training.step();
    if (arguments.flag())
      load(training.model, state_of(arguments, training.model.state_dict()));
    else
      load(*training.optimizer, state_of(arguments, training.optimizer->state_dict()));
    training.step();
    training.step();
  } catch (const Error&) {
  }
  return 0;
}
