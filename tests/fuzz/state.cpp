// States: what is changed in one that fits.
#include "state.h"

#include "digest.h"
#include <taper/autograd/autograd.h>
#include <taper/tensor/create.h>

using namespace taper;

std::vector<std::uint64_t> digests(const NamedTensors& state) {
  std::vector<std::uint64_t> all;
  for (const auto& [name, tensor] : state) all.push_back(digest(tensor));
  return all;
}

void change(NamedTensors& state, Arguments& arguments) {
  const std::size_t at = arguments.below(state.size());
  auto& [name, tensor] = state[at];
  switch (arguments.below(10)) {
    case 0:
      state.erase(state.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 1:
      state.push_back(state[at]);
      break;
    case 2:
      name += static_cast<char>(arguments.byte());
      break;
    case 3:
      name = state[arguments.below(state.size())].first;
      break;
    case 4:
      std::swap(tensor, state[arguments.below(state.size())].second);
      break;
    case 5:
      tensor = arguments.create(arguments.shape(), tensor.defined() ? tensor.dtype() : float32);
      break;
    case 6:
      if (tensor.defined()) tensor = arguments.create(tensor.shape(), arguments.dtype());
      break;
    case 7:
      if (tensor.defined()) tensor = full(tensor.shape(), arguments.number(), tensor.dtype());
      break;
    case 8:  // the same values, but every second element of a larger tensor
      if (tensor.defined()) tensor = select(stack({tensor, zeros_like(tensor)}, -1), -1, 0);
      break;
    default:
      tensor = {};
  }
}
