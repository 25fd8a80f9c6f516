// Rearranging elements: parts, turns, repetitions, borders, triangles and diagonals. Negative axes count from
// the end (IndexError out of range). Functions that only choose or reorder whole parts return views where
// they can.
#pragma once

#include <vector>

#include <taper/tensor/extent.h>
#include <taper/tensor/tensor.h>

namespace taper {

/// Views of `length` indices each along one axis; the last may be shorter. Throws ValueError unless length >
/// 0.
std::vector<Tensor> split(const Tensor& x, std::int64_t length, std::int64_t axis = 0);
/// Views of the given lengths. Throws ValueError unless they add up to the extent of the axis.
std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& lengths, std::int64_t axis = 0);
/// At most `count` views of one length along an axis; the last may be shorter. Throws ValueError unless count
/// > 0.
std::vector<Tensor> chunk(const Tensor& x, std::int64_t count, std::int64_t axis = 0);
/// The slices at all indices of one axis, which is removed: views.
std::vector<Tensor> unbind(const Tensor& x, std::int64_t axis = 0);
/// The indices from `start` to start + length - 1 along one axis: a view. A negative start counts from the
/// end. Throws IndexError if they are not all there.
Tensor narrow(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t length);

/// The axes `source` moved to the places `destination`; the others keep their order: a view. Throws
/// ValueError unless there are as many.
Tensor movedim(const Tensor& x, const Axes& source, const Axes& destination);
/// One axis divided into several, one extent of which may be -1: a view.
Tensor unflatten(const Tensor& x, std::int64_t axis, const Shape& shape);
/// The tensors, broadcast to a common shape: views. Throws ShapeError if that is not possible.
std::vector<Tensor> broadcast_tensors(const std::vector<Tensor>& tensors);
/// Coordinates of a grid from one vector for each axis: result i has the shape of all lengths, and varies
/// along axis i as vector i does (indexing "ij"): views. Throws ShapeError for a tensor of another rank
/// than 1.
std::vector<Tensor> meshgrid(const std::vector<Tensor>& vectors);

/// The order of the indices along the given axes reversed.
Tensor flip(const Tensor& x, const Axes& axes);
/// The elements moved by shifts[i] along axes[i], towards higher indices; what leaves at one end comes in at
/// the other. Throws ValueError unless there are as many of both.
Tensor roll(const Tensor& x, const Shape& shifts, const Axes& axes);
/// The whole tensor counts[i] times along axis i, counted from the last one; more counts than axes add axes
/// in front (torch.tile, numpy.tile). Throws ValueError for a negative count.
Tensor tile(const Tensor& x, const Shape& counts);
/// Each slice along one axis `count` times, one copy after the other. Throws ValueError for a negative count.
Tensor repeat_interleave(const Tensor& x, std::int64_t count, std::int64_t axis);
/// Joins along axis 1, vectors along axis 0; joins along axis 0, vectors as rows.
Tensor hstack(const std::vector<Tensor>& tensors);
Tensor vstack(const std::vector<Tensor>& tensors);

/// Elements before and behind one axis.
struct PadWidth {
  std::int64_t before = 0, after = 0;
};
/// A border around x: widths[i] is of axis i, counted from the last axis if there are fewer widths than axes
/// (as rows and columns of images). Throws ValueError for a negative width, and for one that reflect (less
/// than the extent) or circular (at most the extent) cannot fill; `value` is for PadMode::constant.
Tensor pad(const Tensor& x, const std::vector<PadWidth>& widths, PadMode mode = PadMode::constant,
           double value = 0);
namespace detail {
/// pad() for other functions, whose names messages then begin with.
Tensor pad(const char* function, const Tensor& x, const std::vector<PadWidth>& widths,
           PadMode mode = PadMode::constant, double value = 0);
}  // namespace detail

/// The last two axes with zeros above, or below, diagonal number `diagonal` (1 is the one above the main).
/// Throws ShapeError for a rank of less than 2.
Tensor tril(const Tensor& x, std::int64_t diagonal = 0);
Tensor triu(const Tensor& x, std::int64_t diagonal = 0);
/// The elements with index[axis1] == index[axis0] + offset, along a new last axis in place of both: a view.
/// Throws ValueError if both axes are the same.
Tensor diagonal(const Tensor& x, std::int64_t offset = 0, std::int64_t axis0 = 0, std::int64_t axis1 = 1);
/// Matrices with x's last axis on diagonal `offset`, and zeros elsewhere.
Tensor diag_embed(const Tensor& x, std::int64_t offset = 0);
/// Of a vector the matrix with it on a diagonal, of a matrix its diagonal. Throws ShapeError for another
/// rank.
Tensor diag(const Tensor& x, std::int64_t offset = 0);
/// The sum of a matrix's diagonal. Throws ShapeError for another rank.
Tensor trace(const Tensor& x);

}  // namespace taper
