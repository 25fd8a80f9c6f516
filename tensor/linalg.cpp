// Linear algebra through Eigen. See Note [Eigen].
#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/QR>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <limits>
#include <new>

#include <fmt/format.h>

#include <taper/tensor/check.h>
#include <taper/tensor/create.h>
#include <taper/tensor/elementwise.h>
#include <taper/tensor/linalg.h>
#include <taper/tensor/parallel.h>

namespace taper::compute {
namespace {

// Note [Eigen]
// Only this file includes Eigen: it is compiled once, for the machines that all programs run on, so that
// results do not depend on the instruction set. Each matrix is copied into one of Eigen's own, whose
// alignment is always the same, and one thread works on it: sums then have the same order in any place of a
// batch. All is computed in float64, which halves the code.

using Matrix = Eigen::MatrixXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

std::int64_t matrix_count(const Shape& shape) {
  std::int64_t count = 1;
  for (int i = 0; i < shape.rank() - 2; ++i) count *= shape[i];
  return count;
}

// The same leading extents with other matrices, or with vectors.
Shape with_matrices(const Tensor& like, std::initializer_list<std::int64_t> extents) {
  Shape shape = like.shape();
  shape.erase(-1);
  shape.erase(-1);
  for (const std::int64_t extent : extents) shape.push_back(extent);
  return shape;
}

// The matrices of an argument, in float64.
class Given {
 public:
  Given(const char* function, const Tensor& x)
      : x_(x.dtype() == float64 && x.is_contiguous() ? x : cast(x, float64, function)),
        first_(x_.data<double>()),
        rows_(x.size(-2)),
        columns_(x.size(-1)) {}
  Eigen::Map<const RowMajor> operator[](std::int64_t i) const {
    return {first_ + i * rows_ * columns_, rows_, columns_};
  }

 private:
  Tensor x_;
  const double* first_;
  std::int64_t rows_, columns_;
};

// Those of a result.
class Results {
 public:
  Results(const char* function, const Shape& shape, std::int64_t rows, std::int64_t columns)
      : function_(function),
        x_(Tensor::empty(shape, float64, function)),
        first_(x_.mutable_data<double>()),
        rows_(rows),
        columns_(columns) {}
  Eigen::Map<RowMajor> operator[](std::int64_t i) const {
    return {first_ + i * rows_ * columns_, rows_, columns_};
  }
  Tensor in(DType dtype) const { return dtype == float64 ? x_ : cast(x_, dtype, function_); }
  bool empty() const { return x_.numel() == 0; }

 private:
  const char* function_;
  Tensor x_;
  double* first_;
  std::int64_t rows_, columns_;
};

// Calls body(begin, end) for parts of the matrices of a, in parallel; `work` is about that of one.
template <class Body>
void for_matrices(const char* function, const Tensor& a, double work, Body&& body) {
  // Eigen would ask the machine for the sizes of its caches, and divide sums accordingly.
  static const bool same_everywhere = (Eigen::setCpuCacheSizes(32 << 10, 512 << 10, 2 << 20), true);
  static_cast<void>(same_everywhere);
  const std::int64_t count = matrix_count(a.shape());
  const double grain = std::max(1.0, static_cast<double>(grain::multiplications) / std::max(work, 1.0));
  const std::int64_t chunks = chunk_count(count, static_cast<std::int64_t>(grain), 256);
  try {
    parallel_for(chunks, [&](std::int64_t i) {
      body(chunk_begin(i, chunks, count), chunk_begin(i + 1, chunks, count));
    });
  } catch (const std::bad_alloc&) {
    throw MemoryError(fmt::format("{}: out of memory for a workspace", function));
  }
}

// The work of a decomposition of one matrix of a.
double cubic(const Tensor& a) {
  const auto rows = static_cast<double>(a.size(-2)), columns = static_cast<double>(a.size(-1));
  return 20 + rows * columns * std::min(rows, columns);
}

// Which matrix an error message is about.
std::string which(const Tensor& a, std::int64_t i) {
  return a.rank() == 2 ? "the matrix" : fmt::format("matrix {} of the batch", i);
}

template <class Values>
void check_finite(const char* function, const Tensor& a, std::int64_t i, const Values& values) {
  if (!values.allFinite())
    throw ValueError(
        fmt::format("{}: expected finite numbers, got NaN or infinity in {}", function, which(a, i)));
}

// Calls each(i, diagonal of U, sign of the permutation) with the decomposition P L U of each matrix.
template <class Each>
void for_pivots(const char* function, const Tensor& a, Each&& each) {
  const Given given(function, a);
  for_matrices(function, a, cubic(a), [&](std::int64_t begin, std::int64_t end) {
    Eigen::PartialPivLU<Matrix> lu(a.size(-1));
    for (std::int64_t i = begin; i < end; ++i) {
      lu.compute(given[i]);
      each(i, lu.matrixLU().diagonal(), lu.permutationP().determinant());
    }
  });
}

// The order of the first leading minor that is not positive.
std::int64_t bad_minor(const Matrix& a) {
  std::int64_t good = 0, bad = a.rows();
  while (bad - good > 1) {
    const std::int64_t order = good + (bad - good) / 2;
    const Eigen::LLT<Matrix> llt(a.topLeftCorner(order, order));
    const bool positive = llt.info() == Eigen::Success && (llt.matrixLLT().diagonal().array() > 0).all();
    (positive ? good : bad) = order;
  }
  return bad;
}

}  // namespace

Tensor determinant(const char* function, const Tensor& a) {
  if (a.size(-1) == 0) return ones(with_matrices(a, {}), a.dtype());
  const Results result(function, with_matrices(a, {}), 1, 1);
  if (result.empty()) return result.in(a.dtype());
  for_pivots(function, a, [&](std::int64_t i, const auto& pivots, double sign) {
    for (std::int64_t j = 0; j < pivots.size(); ++j) sign *= pivots[j];
    result[i](0, 0) = sign;
  });
  return result.in(a.dtype());
}

std::array<Tensor, 2> sign_and_log_determinant(const char* function, const Tensor& a) {
  if (a.size(-1) == 0) return {ones(with_matrices(a, {}), a.dtype()), zeros(with_matrices(a, {}), a.dtype())};
  const Results signs(function, with_matrices(a, {}), 1, 1), logarithms(function, with_matrices(a, {}), 1, 1);
  if (!signs.empty())
    for_pivots(function, a, [&](std::int64_t i, const auto& pivots, double sign) {
      double logarithm = 0;
      for (std::int64_t j = 0; j < pivots.size(); ++j) {
        sign *= pivots[j] == 0 || std::isnan(pivots[j]) ? pivots[j] : std::copysign(1, pivots[j]);
        logarithm += std::log(std::abs(pivots[j]));
      }
      signs[i](0, 0) = sign;
      logarithms[i](0, 0) = logarithm;
    });
  return {signs.in(a.dtype()), logarithms.in(a.dtype())};
}

Tensor solve(const char* function, const Tensor& a, const Tensor& b) {
  const Results result(function, b.shape(), b.size(-2), b.size(-1));
  if (result.empty()) return result.in(b.dtype());
  const Given left(function, a), right(function, b);
  const double work = cubic(a) + cubic(a) / static_cast<double>(a.size(-1)) * static_cast<double>(b.size(-1));
  for_matrices(function, a, work, [&](std::int64_t begin, std::int64_t end) {
    Eigen::PartialPivLU<Matrix> lu(a.size(-1));
    Matrix x;
    for (std::int64_t i = begin; i < end; ++i) {
      lu.compute(left[i]);
      if ((lu.matrixLU().diagonal().array() == 0).any())
        throw ValueError(
            fmt::format("{}: expected an invertible matrix, but {} is singular", function, which(a, i)));
      x = right[i];
      result[i] = lu.solve(x);
    }
  });
  return result.in(b.dtype());
}

Tensor solve_triangular(const char* function, const Tensor& a, const Tensor& b, bool upper,
                        bool unitriangular) {
  const Results result(function, b.shape(), b.size(-2), b.size(-1));
  if (result.empty()) return result.in(b.dtype());
  const Given left(function, a), right(function, b);
  const double work = cubic(a) / static_cast<double>(a.size(-1)) * static_cast<double>(b.size(-1));
  for_matrices(function, a, work, [&](std::int64_t begin, std::int64_t end) {
    Matrix triangle, x;
    for (std::int64_t i = begin; i < end; ++i) {
      triangle = left[i];
      x = right[i];
      if (unitriangular) triangle.diagonal().setOnes();
      if (upper)
        triangle.triangularView<Eigen::Upper>().solveInPlace(x);
      else
        triangle.triangularView<Eigen::Lower>().solveInPlace(x);
      result[i] = x;
    }
  });
  return result.in(b.dtype());
}

Tensor cholesky(const char* function, const Tensor& a) {
  const Results result(function, a.shape(), a.size(-2), a.size(-1));
  if (result.empty()) return result.in(a.dtype());
  const Given given(function, a);
  for_matrices(function, a, cubic(a) / 3, [&](std::int64_t begin, std::int64_t end) {
    Eigen::LLT<Matrix> llt(a.size(-1));
    for (std::int64_t i = begin; i < end; ++i) {
      llt.compute(given[i]);
      if (llt.info() != Eigen::Success || !(llt.matrixLLT().diagonal().array() > 0).all())
        throw ValueError(
            fmt::format("{}: expected a positive definite matrix, but the leading minor of order {} of {} is "
                        "not positive",
                        function, bad_minor(given[i]), which(a, i)));
      result[i] = llt.matrixL();
    }
  });
  return result.in(a.dtype());
}

std::array<Tensor, 2> qr(const char* function, const Tensor& a) {
  const std::int64_t rows = a.size(-2), columns = a.size(-1), least = std::min(rows, columns);
  const Results q(function, with_matrices(a, {rows, least}), rows, least),
      r(function, with_matrices(a, {least, columns}), least, columns);
  if (!q.empty() && !r.empty()) {
    const Given given(function, a);
    for_matrices(function, a, 2 * cubic(a), [&](std::int64_t begin, std::int64_t end) {
      Eigen::HouseholderQR<Matrix> decomposition(rows, columns);
      Matrix orthogonal;
      for (std::int64_t i = begin; i < end; ++i) {
        decomposition.compute(given[i]);
        orthogonal.setIdentity(rows, least);
        orthogonal.applyOnTheLeft(decomposition.householderQ());
        q[i] = orthogonal;
        r[i] = decomposition.matrixQR().topRows(least).triangularView<Eigen::Upper>();
      }
    });
  }
  return {q.in(a.dtype()), r.in(a.dtype())};
}

std::array<Tensor, 3> svd(const char* function, const Tensor& a) {
  const std::int64_t rows = a.size(-2), columns = a.size(-1), least = std::min(rows, columns);
  const Results u(function, with_matrices(a, {rows, least}), rows, least),
      s(function, with_matrices(a, {least}), least, 1),
      v(function, with_matrices(a, {least, columns}), least, columns);
  if (!s.empty()) {
    const Given given(function, a);
    for_matrices(function, a, 10 * cubic(a), [&](std::int64_t begin, std::int64_t end) {
      Eigen::BDCSVD<Matrix> decomposition(rows, columns, Eigen::ComputeThinU | Eigen::ComputeThinV);
      for (std::int64_t i = begin; i < end; ++i) {
        check_finite(function, a, i, given[i]);
        decomposition.compute(given[i]);
        u[i] = decomposition.matrixU();
        s[i] = decomposition.singularValues();
        v[i] = decomposition.matrixV().transpose();
      }
    });
  }
  return {u.in(a.dtype()), s.in(a.dtype()), v.in(a.dtype())};
}

std::array<Tensor, 2> eigh(const char* function, const Tensor& a) {
  const std::int64_t order = a.size(-1);
  const Results values(function, with_matrices(a, {order}), order, 1),
      vectors(function, a.shape(), order, order);
  if (!vectors.empty()) {
    const Given given(function, a);
    for_matrices(function, a, 10 * cubic(a), [&](std::int64_t begin, std::int64_t end) {
      Eigen::SelfAdjointEigenSolver<Matrix> solver(order);
      for (std::int64_t i = begin; i < end; ++i) {
        check_finite(function, a, i, given[i]);
        if (solver.compute(given[i]).info() != Eigen::Success)
          throw ValueError(fmt::format("{}: the eigenvalues of {} did not converge", function, which(a, i)));
        values[i] = solver.eigenvalues();
        vectors[i] = solver.eigenvectors();
      }
    });
  }
  return {values.in(a.dtype()), vectors.in(a.dtype())};
}

}  // namespace taper::compute
