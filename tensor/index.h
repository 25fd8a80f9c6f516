// Picking and adding elements by index, on values, without history.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper::compute {

// `function` is the name that error messages begin with. Indices are int64, from 0 to the extent less 1:
// IndexError otherwise.

/// Slices indices[0], indices[1], ... along `axis`.
Tensor index_select(const char* function, const Tensor& x, int axis, const Tensor& indices);
/// The other way round: zeros of `shape`, to whose slice indices[i] slice i of x is added, in order.
Tensor index_add(const char* function, const Shape& shape, int axis, const Tensor& indices, const Tensor& x);
/// result[i][j][k] = x[i][index[i][j][k]][k] for axis 1, and so on. The result has the shape of `index`,
/// whose extents are at most x's except along `axis`.
Tensor gather(const char* function, const Tensor& x, int axis, const Tensor& index);
/// The other way round: zeros of `shape`, to which the elements of x (of the shape of `index`) are added in
/// order.
Tensor scatter_add(const char* function, const Shape& shape, int axis, const Tensor& index, const Tensor& x);

}  // namespace taper::compute
