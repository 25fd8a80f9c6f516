// Sorting and searching. In every order NaN is the greatest, -0 equals 0, and of equal elements the one with
// the lowest index is first; so results are the same on every machine. All dtypes, unless stated otherwise.
// An axis of 2^32 - 1 elements or more throws ShapeError. A tensor of rank 0 is sorted as an axis of one
// element.
#pragma once

#include <taper/autograd/ops/values_and_indices.h>
#include <taper/tensor/tensor.h>

namespace taper {

// Gradients of values go to the elements that were chosen.

/// The elements along one axis in ascending or descending order, equal ones in the order in which they are
/// (torch.sort with stable=True).
ValuesAndIndices sort(const Tensor& x, std::int64_t axis = -1, bool descending = false);
/// The indices of sort().
Tensor argsort(const Tensor& x, std::int64_t axis = -1, bool descending = false);
/// The k largest or smallest elements along one axis, the most extreme first. Throws ValueError unless k is
/// from 0 to the extent of the axis.
ValuesAndIndices topk(const Tensor& x, std::int64_t k, std::int64_t axis = -1, bool largest = true);
/// The k-th smallest element along one axis, from k = 1 on. Throws ValueError unless k is from 1 to the
/// extent of the axis.
ValuesAndIndices kthvalue(const Tensor& x, std::int64_t k, std::int64_t axis = -1, bool keepdim = false);
/// The most frequent element along one axis, the smallest of several, with the last index where it is. A NaN
/// equals nothing here. Throws ValueError for an empty axis.
ValuesAndIndices mode(const Tensor& x, std::int64_t axis = -1, bool keepdim = false);

/// The result of unique().
struct Unique {
  Tensor values;   ///< the different elements, ascending
  Tensor inverse;  ///< for each element of x where in `values` it is; int64, in x's shape
  Tensor counts;   ///< how often each of `values` occurs; int64
};
/// The different elements of x. Each NaN differs from all others, as in PyTorch. Without gradient.
Unique unique(const Tensor& x);
/// Whether each element of x is one of `values`; they are converted to the higher of their dtypes. NaN is
/// none.
Tensor isin(const Tensor& x, const Tensor& values);
/// Where each of `values` would be inserted, so that `sorted` stays sorted: before equal elements, or behind
/// them if `right`; int64, in the shape of `values`. `sorted` has rank 1, or as many rows as `values` has, in
/// the same leading axes (ShapeError otherwise), and the dtype of `values` (DTypeError).
Tensor searchsorted(const Tensor& sorted, const Tensor& values, bool right = false);

/// How often each of 0, 1, 2, ... occurs in the integers x (rank 1), up to the largest of them, and up to
/// minlength - 1 at least: int64. With weights, one for each element and with a gradient, their sums instead,
/// floating. Throws ValueError for a negative number, DTypeError unless x is of an integer dtype, ShapeError
/// for other shapes.
Tensor bincount(const Tensor& x, const Tensor& weights = {}, std::int64_t minlength = 0);
/// The result of histogram().
struct Histogram {
  Tensor counts;  ///< elements in each bin, in the dtype of x
  Tensor edges;   ///< where bins begin, and where the last one ends
};
/// The elements of x in `bins` intervals of one width from low to high, or if these are equal from the least
/// to the greatest element. An interval contains its lower edge, the last one both; elements outside, and
/// NaN, are not counted. Floating dtypes only. Throws ValueError if there is no bin, or if the edges are not
/// finite and ascending. Without gradient.
Histogram histogram(const Tensor& x, std::int64_t bins, double low = 0, double high = 0);
/// The counts of histogram().
Tensor histc(const Tensor& x, std::int64_t bins = 100, double low = 0, double high = 0);

/// The indices of all elements that are not 0, in row-major order: int64, [count, rank] (numpy.argwhere).
Tensor nonzero(const Tensor& x);

}  // namespace taper
