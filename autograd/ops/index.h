// Picking elements by index. Indices are int64 tensors; one out of range throws IndexError.
#pragma once

#include <taper/tensor/tensor.h>

namespace taper {

/// The slices of x at a list of indices along one axis: an embedding lookup for axis 0.
Tensor index_select(const Tensor& x, std::int64_t axis, const Tensor& indices);
/// One element of x for each of `index`: result[i][j] = x[i][index[i][j]] for axis 1. `index` has x's rank,
/// and no larger extent than x except along `axis`.
Tensor gather(const Tensor& x, std::int64_t axis, const Tensor& index);
/// Zeros of `shape`, to which the elements of x are added at the places that gather would read:
/// result[i][index[i][j]] += x[i][j] for axis 1. Elements that meet are added in order.
Tensor scatter_add(const Shape& shape, std::int64_t axis, const Tensor& index, const Tensor& x);
/// labels of shape [...] -> [..., classes] with a 1 where the label is. No gradient.
Tensor one_hot(const Tensor& labels, std::int64_t classes, DType dtype = DType::float32);

}  // namespace taper
