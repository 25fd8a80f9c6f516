// Sorting and searching.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper {}  // namespace taper
