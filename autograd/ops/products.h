// Products of tensors beside the matrix product: einsum and its kin.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper {}  // namespace taper
