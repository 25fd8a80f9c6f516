// Selecting and adding elements by index, not recorded by autograd.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper::compute {

// `function` is the name that error messages begin with. Indices are integers (DTypeError otherwise);
// negative ones count from the end, and one out of range throws IndexError.

/// The slices of x at indices[0], indices[1], ... along `axis`; `indices` has rank 1.
Tensor index_select(const char* function, const Tensor& x, int axis, const Tensor& indices);
/// The gradient of index_select: zeros of `shape`, where slice i of x is added to slice indices[i], for i in
/// ascending order.
Tensor index_add(const char* function, const Shape& shape, int axis, const Tensor& indices, const Tensor& x);
/// result[i][j][k] = x[i][index[i][j][k]][k] for axis 1, and so on. The result has the shape of `index`,
/// whose extents are at most x's except along `axis`.
Tensor gather(const char* function, const Tensor& x, int axis, const Tensor& index);
/// The gradient of gather: zeros of `shape`, to which the elements of x are added, in row-major order, at the
/// places that gather would read. x has the shape of `index`.
Tensor scatter_add(const char* function, const Shape& shape, int axis, const Tensor& index, const Tensor& x);

}  // namespace taper::compute
