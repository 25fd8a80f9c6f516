// Eigenvalues and eigenvectors of a small symmetric matrix.
#pragma once

#include <cstddef>
#include <vector>

namespace course {

struct Eigen {
  std::vector<double> values;   ///< rising
  std::vector<double> vectors;  ///< row i belongs to values[i]; of length 1
};

/// By Jacobi's rotations (1846): each makes one element off the diagonal zero, and their sum of squares
/// falls. `matrix` is n x n, row by row.
Eigen eigen_symmetric(std::vector<double> matrix, std::size_t n);

}  // namespace course
