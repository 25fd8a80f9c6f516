// Products of tensors. The matrix product, also of batches of matrices, is matmul(): see matmul.h.
#pragma once

#include <string_view>
#include <vector>

#include <taper/tensor/tensor.h>

namespace taper {

/// Sums of products by Einstein's convention, as numpy.einsum and torch.einsum: "ij,jk->ik" is the matrix
/// product. Each operand has a letter for each of its axes, or "..." for those that have none. Axes with the
/// same letter are equally long, or have extent 1 and are repeated; those under "..." broadcast, counted from
/// the last one. A letter twice in one operand takes the diagonal. The result is summed over what it does not
/// name; if there is no "->", it has the axes of "...", and then the letters that occur once, in the order of
/// the alphabet, upper case first.
///
/// Operands are multiplied two at a time, each time as matrices: in the order with the fewest
/// multiplications of all for up to 5 operands, or else the fewest for the next product. Views whose axes
/// need no merging are not copied.
///
/// Throws ValueError for an equation that cannot be read, ShapeError for shapes that do not fit it, and
/// DTypeError unless all operands have one dtype, which is not bool.
Tensor einsum(std::string_view equation, const std::vector<Tensor>& tensors);
/// The sum of products over axes axes_a[i] of a and axes_b[i] of b, with the other axes of a and then those
/// of b (numpy.tensordot); without axes, all products. Throws ShapeError unless the extents agree, ValueError
/// unless there are as many axes of both.
Tensor tensordot(const Tensor& a, const Tensor& b, const Axes& axes_a, const Axes& axes_b);
/// Over the last `count` axes of a and the first ones of b. Throws ValueError unless both have as many.
Tensor tensordot(const Tensor& a, const Tensor& b, std::int64_t count = 2);

/// The sum of products over the last axes of both; a plain product if one has rank 0.
Tensor inner(const Tensor& a, const Tensor& b);
/// The sum of products of two vectors. Throws ShapeError unless they are equally long.
Tensor dot(const Tensor& a, const Tensor& b);
/// All products of two vectors: [m] and [n] -> [m, n]. Throws ShapeError for another rank.
Tensor outer(const Tensor& a, const Tensor& b);
/// The Kronecker product: a with each element replaced by its product with b, axis by axis from the last one.
/// Throws ShapeError if one has more than 4 axes.
Tensor kron(const Tensor& a, const Tensor& b);
/// The cross products of vectors of length 3 along one axis; the other axes broadcast. Throws ShapeError
/// unless both have the same number of axes and extent 3 there.
Tensor cross(const Tensor& a, const Tensor& b, std::int64_t axis = -1);

/// The sums of products of all pairs of elements of a [..., m] and b [..., n] with each matrix of the weight
/// [out, m, n], plus the bias [out], which may be undefined: [..., out]. Leading axes broadcast. Throws
/// ShapeError or DTypeError for operands that do not fit.
Tensor bilinear(const Tensor& a, const Tensor& b, const Tensor& weight, const Tensor& bias = {});

/// The distances of all pairs of points, a [..., m, d] and b [..., n, d] -> [..., m, n]: the p-norms of their
/// differences (not of products, which would lose digits for near points). p is from 0 (how many coordinates
/// differ) to infinity (the largest difference). The gradient at equal points is 0. Unless p is 2, all
/// differences are in memory at once. Throws ShapeError, or ValueError for a negative p.
Tensor cdist(const Tensor& a, const Tensor& b, double p = 2);

}  // namespace taper
