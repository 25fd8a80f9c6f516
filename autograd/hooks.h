// The hooks of a node: functions that are called with its gradient. Internal to autograd.
#pragma once

#include <utility>
#include <vector>

#include <taper/autograd/node.h>
#include <taper/tensor/function.h>

namespace taper {

using Hook = Function<Tensor(const Tensor& gradient)>;

/// The hooks with their numbers, in the order in which they were registered.
struct Hooks {
  std::vector<std::pair<int, Hook>> list;
};

}  // namespace taper
