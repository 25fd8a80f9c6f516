// Selecting and replacing elements by index, not recorded by autograd.
#pragma once

#include <vector>

#include <taper/tensor/tensor.h>

namespace taper {

/// What happens to an element that a value is written to.
enum class Scatter { replace, add, multiply, minimum, maximum, mean };

namespace compute {

// `function` is the name that error messages begin with. Indices are integers (DTypeError otherwise);
// negative ones count from the end, and one out of range throws IndexError. What is written to is changed in
// place; values have its dtype. Where several values go to one element, they do so in row-major order, and
// the last one replaces the others.

/// The slices of x at indices[0], indices[1], ... along `axis`; `indices` has rank 1.
Tensor index_select(const char* function, const Tensor& x, int axis, const Tensor& indices);
/// Slice i of x goes to slice indices[i] of `to`, which is contiguous; `how` is replace or add, as in put().
/// ShapeError unless all else of the shapes agrees.
void index_put(const char* function, Tensor& to, int axis, const Tensor& indices, const Tensor& x,
               Scatter how);
/// result[i][j][k] = x[i][index[i][j][k]][k] for axis 1, and so on. The result has the shape of `index`,
/// whose extents are at most x's except along `axis`.
Tensor gather(const char* function, const Tensor& x, int axis, const Tensor& index);
/// The elements of x, which has the shape of `index`, go to the places of `to` that gather would read. `to`
/// is contiguous. `how` is not the mean.
void scatter(const char* function, Tensor& to, int axis, const Tensor& index, const Tensor& x, Scatter how);

/// NumPy's advanced indexing: indices[i] is for axes[i], in ascending order, and all broadcast to one shape.
/// The result has the axes of that shape, then those of x that are not indexed. Messages call axes[i]
/// named[i].
Tensor take(const char* function, const Tensor& x, const Axes& axes, const std::vector<Tensor>& indices,
            const Axes& named);
/// `values`, of the shape that take() returns, go to the places that it reads. `to` may be any view without
/// shared elements.
void put(const char* function, Tensor& to, const Axes& axes, const std::vector<Tensor>& indices,
         const Tensor& values, Scatter how, const Axes& named);

}  // namespace compute
}  // namespace taper
