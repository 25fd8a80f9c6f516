// The table of operations that the fuzzer calls.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "arguments.h"

struct Operation {
  std::string name;  // as declared: "exp", "operator+"
  std::function<taper::Tensor(Arguments&)> call;
};

/// Those of tensor/create.h and random.h.
std::vector<Operation> creations();
/// All of autograd/ops (a test requires so), of tensor/create.h and random.h, and what a tensor can do.
const std::vector<Operation>& operations();
