// Linear algebra of matrices, or of several in leading axes.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper {}  // namespace taper
