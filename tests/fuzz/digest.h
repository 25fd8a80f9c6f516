// Digests of tensors: two have equal ones if shape, dtype and all bits are equal. All NaN count as equal.
#pragma once

#include <cstdint>

#include <taper/tensor/tensor.h>

std::uint64_t digest(const taper::Tensor& tensor);

/// Ends the program, saying what differs, unless both are undefined or have the same bits.
void require_same(const char* what, const taper::Tensor& a, const taper::Tensor& b);
