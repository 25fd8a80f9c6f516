// States of modules, optimizers and trainings, for targets that load them.
#pragma once

#include <cstdint>
#include <vector>

#include "arguments.h"
#include <taper/tensor/named_tensors.h>

/// The digest of each tensor.
std::vector<std::uint64_t> digests(const taper::NamedTensors& state);

/// Makes another state of one that fits.
void change(taper::NamedTensors& state, Arguments& arguments);
