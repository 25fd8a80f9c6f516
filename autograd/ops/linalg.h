// Linear algebra of matrices in the last two axes; further axes in front are a batch.
#pragma once

#include <optional>

#include <taper/tensor/tensor.h>

namespace taper {

// Matrices are float32 or float64 (DTypeError otherwise); float32 is computed in float64 and rounded. Throws
// ShapeError for a rank of less than 2 and, where square matrices are needed, for others.

/// The determinants [...] of square matrices.
Tensor det(const Tensor& x);
/// The sign of a determinant, -1, 0 or 1, and the logarithm of its absolute value, -inf for 0.
struct SignAndLogDet {
  Tensor sign, logabsdet;
};
SignAndLogDet slogdet(const Tensor& x);
/// The inverse. Throws ValueError for a singular matrix.
Tensor inverse(const Tensor& x);
/// a^-1 b for square matrices a [..., n, n] and b [..., n, k], or vectors b: [n], or [..., n] with the
/// leading axes of a. Leading axes broadcast. Throws ValueError for a singular matrix, ShapeError for shapes
/// that do not fit.
Tensor solve(const Tensor& a, const Tensor& b);
/// The same for matrices b and triangular matrices a, of which nothing else is read; `unitriangular` takes
/// their diagonal for ones. What a 0 on the diagonal gives is not finite.
Tensor solve_triangular(const Tensor& a, const Tensor& b, bool upper, bool unitriangular = false);
/// The x with the least |a x - b| and, of several, the least |x|, for a [..., m, n] of full rank; b as in
/// solve(), with m instead of n.
Tensor lstsq(const Tensor& a, const Tensor& b);

/// The lower triangular L with L L^T = x. The lower triangle of x is read; the gradient is symmetric. Throws
/// ValueError unless x is positive definite.
Tensor cholesky(const Tensor& x);
/// x [..., m, n] = q r with orthonormal columns in q [..., m, k] and upper triangular r [..., k, n],
/// k = min(m, n); r's diagonal has LAPACK's signs. The gradient exists where the first k columns are
/// independent.
struct QR {
  Tensor q, r;
};
QR qr(const Tensor& x);
/// x [..., m, n] = u diag(s) vh with orthonormal columns in u [..., m, k], orthonormal rows in vh [..., k, n]
/// and descending s [..., k] >= 0, k = min(m, n). The signs of columns of u with rows of vh are arbitrary.
/// The gradient of u and vh exists where the elements of s differ, and are not 0 unless x is square. Throws
/// ValueError for NaN or infinity.
struct SVD {
  Tensor u, s, vh;
};
SVD svd(const Tensor& x);
/// Ascending eigenvalues [..., n] and orthonormal eigenvectors [..., n, n], as columns with arbitrary signs,
/// of symmetric matrices. The lower triangle of x is read; the gradient is symmetric. That of vectors exists
/// where the values differ. Throws ValueError for NaN or infinity.
struct Eigh {
  Tensor values, vectors;
};
Eigh eigh(const Tensor& x);

/// The Moore-Penrose inverse [..., n, m] of [..., m, n]. Singular values of at most rtol times the largest
/// one count as 0; by default rtol is max(m, n) times the epsilon of the dtype. The gradient is that of
/// matrices of the same rank.
Tensor pinv(const Tensor& x, std::optional<double> rtol = {});
/// How many singular values are greater than rtol times the largest one, which is as in pinv(): int64.
Tensor matrix_rank(const Tensor& x, std::optional<double> rtol = {});
/// The product of n square matrices x; for a negative n, of their inverses.
Tensor matrix_power(const Tensor& x, std::int64_t n);
/// The exponential: the sum of x^k / k! for all k.
Tensor matrix_exp(const Tensor& x);

/// The root of the sum of squares, the sum of the singular values or the largest one, and the largest sum of
/// absolute values in a column or in a row.
enum class MatrixNorm { frobenius, nuclear, spectral, one, infinity };
/// Norms [...] of matrices.
Tensor matrix_norm(const Tensor& x, MatrixNorm norm = MatrixNorm::frobenius, bool keepdim = false);

}  // namespace taper
