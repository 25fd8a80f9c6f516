// Searching and counting, not recorded by autograd.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper::compute {

// `function` is the name that error messages begin with.

/// Where each value would be inserted into a sorted row: before equal elements, or behind them (`right`). See
/// searchsorted() in autograd/ops/sort.h.
Tensor searchsorted(const char* function, const Tensor& sorted, const Tensor& values, bool right);
/// How often each of 0 to bins - 1 is among the int64 elements of x, which are all there: int64.
Tensor bincount(const char* function, const Tensor& x, std::int64_t bins);
/// How many elements of x are in [edges[i], edges[i + 1]), the last edge included: int64. The edges are
/// evenly spaced, at least 2, and have the floating dtype of x.
Tensor histogram(const char* function, const Tensor& x, const Tensor& edges);
/// The indices of all elements that are not 0, in row-major order: [count, rank], int64.
Tensor nonzero(const char* function, const Tensor& x);

}  // namespace taper::compute
