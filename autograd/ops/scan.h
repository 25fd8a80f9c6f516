// Scans: cumulative sums, products and extrema along an axis.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper {}  // namespace taper
