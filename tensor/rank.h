// Elements by their rank in sorted order, without sorting all of them. Not recorded by autograd.
#pragma once

#include <vector>

#include <taper/tensor/tensor.h>

namespace taper::compute {

/// The int64 positions [rows, ranks] of the elements of rank ranks[j] (0 is the smallest; equal ones are in
/// the order of their positions) in each row of x [rows, length]. In a row with NaN, the first of these has
/// every rank. Ranks are ascending, and less than the length.
Tensor positions_of_ranks(const char* function, const Tensor& x, const std::vector<std::int64_t>& ranks);

}  // namespace taper::compute
