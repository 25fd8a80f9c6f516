// Linear algebra of matrices in the last two axes, not recorded by autograd: decompositions through Eigen.
#pragma once

#include <array>

#include <taper/tensor/tensor.h>

namespace taper::compute {

// `function` is the name that error messages begin with. Matrices are float32 or float64; all is computed in
// float64, and rounded at the end. The callers have checked dtypes and shapes.

/// Determinants [...] of [..., n, n].
Tensor determinant(const char* function, const Tensor& a);
/// Their signs (-1, 0 or 1), and the logarithms of their absolute values.
std::array<Tensor, 2> sign_and_log_determinant(const char* function, const Tensor& a);
/// a^-1 b of [..., n, n] and [..., n, k] with the same leading extents. Throws ValueError for a singular
/// matrix.
Tensor solve(const char* function, const Tensor& a, const Tensor& b);
/// The same for triangular matrices, of which the other triangle, and if `unitriangular` the diagonal, is not
/// read.
Tensor solve_triangular(const char* function, const Tensor& a, const Tensor& b, bool upper,
                        bool unitriangular);
/// L, lower triangular, with L L^T = a. Throws ValueError unless a is positive definite.
Tensor cholesky(const char* function, const Tensor& a);
/// Q [..., m, k] and R [..., k, n] of [..., m, n] with k = min(m, n).
std::array<Tensor, 2> qr(const char* function, const Tensor& a);
/// U [..., m, k], singular values [..., k] in descending order and V^T [..., k, n].
std::array<Tensor, 3> svd(const char* function, const Tensor& a);
/// Eigenvalues [..., n] in ascending order and eigenvectors [..., n, n], as columns, of symmetric matrices,
/// of which the lower triangle is read.
std::array<Tensor, 2> eigh(const char* function, const Tensor& a);

}  // namespace taper::compute
