// Predicates, and operations on truth values and bits.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper {}  // namespace taper
